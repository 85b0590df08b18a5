// A scenario by its name or from a person's own .ts file. Errors: SCENARIO_UNKNOWN with the nearest name,
// SCENARIO_INVALID with the wrong field.
import {hint} from '../src/model/command-hint.ts'
import {existsSync} from 'node:fs'
import {resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {scenarios} from '../scenarios/index.ts'
import {checkScenario} from '../src/config/check-scenario.ts'
import {HlError} from '../src/model/errors.ts'
import type {Scenario} from '../src/model/scenario.ts'
import {closest} from './closest.ts'

/** The command that runs a scenario. */
export function commandOf({kind}: Pick<Scenario, 'kind'>): 'failover' | 'drill' {
  return kind === 'failover' ? 'failover' : 'drill'
}

/**
 * Loads a scenario by name, or from a file when the text looks like a path. USAGE for one of another kind than wanted,
 * with the command that runs it.
 */
export async function resolveScenario(nameOrPath: string, kind?: Scenario['kind']): Promise<Scenario> {
  const scenario = /[/\\]|\.[cm]?[jt]s$/.test(nameOrPath)
    ? await scenarioFromFile(nameOrPath)
    : scenarioNamed(nameOrPath, kind)
  if (kind === undefined || scenario.kind === kind) return scenario
  throw new HlError('USAGE', `"${nameOrPath}" is a ${scenario.kind}, which hl ${commandOf(scenario)} runs`, {
    next: [
      hint(commandOf(scenario), {flags: {scenario: nameOrPath}}),
      hint('scenarios list', {why: 'lists them with their kind'}),
    ],
  })
}

/** `kind`: only names of that kind are suggested. */
function scenarioNamed(name: string, kind: Scenario['kind'] | undefined): Scenario {
  const all: readonly Scenario[] = Object.values(scenarios)
  const found = all.find(scenario => scenario.name === name)
  if (found !== undefined) return found
  const near = closest(
    name,
    all.filter(scenario => kind === undefined || scenario.kind === kind).map(scenario => scenario.name),
  )
  throw new HlError('SCENARIO_UNKNOWN', `no scenario is called "${name}"`, {
    next: [
      ...(near === null ? [] : [`did you mean ${near}`]),
      hint('scenarios list', {why: 'lists them; a file of your own is given by its path'}),
    ],
  })
}

/** The default export, or the first export that is an object, checked field by field. */
export async function scenarioFromFile(path: string): Promise<Scenario> {
  const file = resolve(path)
  if (!existsSync(file))
    throw new HlError('SCENARIO_UNKNOWN', `there is no file ${path}`, {
      next: ['check the path', hint('scenarios list', {why: 'lists the scenarios that come with hl'})],
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
