// A scenario by its name or from a person's own file, a module or JSON. Errors: SCENARIO_UNKNOWN with the nearest name,
// SCENARIO_INVALID with the wrong field.
import {hint} from '../src/model/command-hint.ts'
import {existsSync, readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {scenarios} from '../scenarios/index.ts'
import {checkScenario} from '../src/config/check-scenario.ts'
import {HlError} from '../src/model/errors.ts'
import type {Scenario} from '../src/model/scenario.ts'
import {suggestions} from './closest.ts'

/** The command that runs a scenario. */
export function commandOf({kind}: Pick<Scenario, 'kind'>): 'failover' | 'drill' {
  return kind === 'failover' ? 'failover' : 'drill'
}

/** The one that the command line names, as its argument or by --scenario. USAGE for none, and for two. */
export function scenarioOf(
  command: 'failover' | 'drill',
  args: {readonly scenario?: string | undefined},
  flags: {readonly scenario?: string | undefined},
): string {
  const [named, other] = [args.scenario ?? flags.scenario, flags.scenario]
  if (named === undefined)
    throw new HlError('USAGE', 'no scenario is named', {
      next: [
        hint(command, {args: [command === 'failover' ? 'primary-crash' : 'dropped-table']}),
        hint('scenarios list', {why: 'lists them'}),
      ],
    })
  if (other !== undefined && other !== named)
    throw new HlError('USAGE', `two scenarios are named: ${named} and ${other}`, {next: ['name one of them']})
  return named
}

/**
 * Loads a scenario by name, or from a file when the text looks like a path. USAGE for one of another kind than wanted,
 * with the command that runs it.
 */
export async function resolveScenario(nameOrPath: string, kind?: Scenario['kind']): Promise<Scenario> {
  const scenario = /[/\\]|\.(?:[cm]?[jt]s|json)$/.test(nameOrPath)
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
  const fitting = all.filter(scenario => kind === undefined || scenario.kind === kind)
  const near = suggestions(
    name,
    fitting.map(scenario => scenario.name),
  )
  throw new HlError('SCENARIO_UNKNOWN', `no scenario is called "${name}"`, {
    next: [
      ...(near.length === 0 ? [] : [`did you mean ${near.join(' or ')}`]),
      hint('scenarios list', {why: 'lists them; a file of your own is given by its path'}),
    ],
  })
}

/** What a file of a person's own holds, JSON or a module, checked field by field. */
export async function scenarioFromFile(path: string): Promise<Scenario> {
  const file = resolve(path)
  if (!existsSync(file))
    throw new HlError('SCENARIO_UNKNOWN', `there is no file ${path}`, {
      next: ['check the path', hint('scenarios list', {why: 'lists the scenarios that come with hl'})],
    })
  const candidate = file.endsWith('.json') ? fromJson(file, path) : await fromModule(file, path)
  try {
    return checkScenario(candidate)
  } catch (error) {
    if (!(error instanceof HlError)) throw error
    throw new HlError(error.code, `${path} is no scenario that can be run:\n${indented(error.message)}`, {
      next: error.steps,
    })
  }
}

const indented = (lines: string): string => lines.replaceAll(/^/gm, '  ')

function fromJson(file: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new HlError('SCENARIO_INVALID', `${path} is not JSON`, {next: ['correct the file'], cause: error})
  }
}

/** The default export, or the first export that is an object. */
async function fromModule(file: string, path: string): Promise<unknown> {
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = Object.fromEntries(Object.entries((await import(pathToFileURL(file).href)) as object))
  } catch (error) {
    throw new HlError('SCENARIO_INVALID', `${path} cannot be loaded`, {
      next: ['it must be a module that exports one scenario; see hl scenarios show primary-crash --json for the shape'],
      cause: error,
    })
  }
  return exports['default'] ?? Object.values(exports).find(value => typeof value === 'object' && value !== null)
}
