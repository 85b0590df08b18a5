// A scenario by its name or from a person's own .ts file. Errors: SCENARIO_UNKNOWN with the nearest name,
// SCENARIO_INVALID with the wrong field.
import {existsSync} from 'node:fs'
import {resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {scenarios} from '../scenarios/index.ts'
import {checkScenario} from '../src/config/check-scenario.ts'
import {HlError} from '../src/model/errors.ts'
import type {Scenario} from '../src/model/scenario.ts'
import {closest} from './closest.ts'

/** Loads a scenario by name, or from a file when the text looks like a path. */
export async function resolveScenario(nameOrPath: string): Promise<Scenario> {
  if (/[/\\]|\.[cm]?[jt]s$/.test(nameOrPath)) return scenarioFromFile(nameOrPath)
  const found = Object.values(scenarios).find(scenario => scenario.name === nameOrPath)
  if (found !== undefined) return found
  const near = closest(nameOrPath, Object.keys(scenarios))
  throw new HlError('SCENARIO_UNKNOWN', `no scenario is called "${nameOrPath}"`, {
    next: [
      ...(near === null ? [] : [`did you mean ${near}`]),
      'hl scenarios lists them; a file of your own is given by its path',
    ],
  })
}

/** The default export, or the first export that is an object, checked field by field. */
export async function scenarioFromFile(path: string): Promise<Scenario> {
  const file = resolve(path)
  if (!existsSync(file))
    throw new HlError('SCENARIO_UNKNOWN', `there is no file ${path}`, {
      next: ['check the path', 'hl scenarios lists the scenarios that come with hl'],
    })
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = Object.fromEntries(Object.entries((await import(pathToFileURL(file).href)) as object))
  } catch (error) {
    throw new HlError('SCENARIO_INVALID', `${path} cannot be loaded`, {
      next: ['it must be a module that exports one scenario; see hl scenarios show primary-crash --json for the shape'],
      cause: error,
    })
  }
  const candidate =
    exports['default'] ?? Object.values(exports).find(value => typeof value === 'object' && value !== null)
  return checkScenario(candidate)
}
