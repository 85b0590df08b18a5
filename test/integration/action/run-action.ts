// A composite action, step by step as the runner does it: inputs and outputs filled in, each step's script in its
// shell, the files of the environment read after each, conditions honoured. Steps of other people's actions are not
// run, but told. For tests only. Not here: what a step does (scripts/action).
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {temporaryFolder} from '../../temporary-folder.ts'
import {readYaml} from './read-yaml.ts'

type Fields = Readonly<Record<string, string>>

interface Step {
  readonly id: string
  readonly if?: string
  readonly uses?: string
  readonly with?: Fields
  readonly shell?: string
  readonly run?: string
  readonly env?: Fields
}

interface Action {
  readonly inputs: Readonly<Record<string, {readonly default?: string}>>
  readonly outputs: Readonly<Record<string, {readonly value: string}>>
  readonly runs: {readonly using: string; readonly steps: readonly Step[]}
}

export interface ActionRun {
  /** As the runner shows it: red where a step failed. */
  readonly ok: boolean
  readonly outputs: Fields
  readonly summary: string
  /** What the steps printed. */
  readonly log: string
  /** Steps that ran, by id; of other actions with what they were given. */
  readonly steps: Readonly<Record<string, Fields | 'ran' | 'failed'>>
  readonly results: string
}

export interface ActionPlace {
  /** The root of the action. */
  readonly action: string
  /** The repository of whoever uses it. */
  readonly workspace: string
  /** Goes before everything in PATH: programs that stand in for others. */
  readonly programs: string
  /** Of the job, beside those of the runner. */
  readonly outside: Fields
}

export const readAction = (folder: string): Action =>
  readYaml(readFileSync(join(folder, 'action.yml'), 'utf8')) as unknown as Action

/** Its results lie in a folder that goes with the test that calls it. */
export async function runAction(place: ActionPlace, given: Fields): Promise<ActionRun> {
  const {inputs, outputs, runs} = readAction(place.action)
  const unknown = Object.keys(given).find(name => !(name in inputs))
  if (unknown !== undefined) throw new Error(`the action has no input ${unknown}`)
  const temp = temporaryFolder('action')
  mkdirSync(join(temp, '_temp'))
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, given[name] ?? input.default ?? '']),
  )
  const told: Record<string, Fields> = {}
  const steps: Record<string, Fields | 'ran' | 'failed'> = {}
  let log = ''
  let failed = false
  const fill = (text: string): string => text.replaceAll(/\$\{\{ (\S+) \}\}/g, (_all, path: string) => read(path))
  const read = (path: string): string => {
    const [room = '', name = '', , output = ''] = path.split('.')
    if (room === 'inputs' && name in values) return values[name] ?? ''
    if (room === 'steps' && runs.steps.some(({id}) => id === name)) return told[name]?.[output] ?? ''
    throw new Error(`the runner knows no ${path}`)
  }
  const holds = (condition: string | undefined): boolean => {
    const parts = (condition ?? '').split(' && ').filter(part => part !== '')
    if (!parts.includes('always()') && failed) return false
    return parts.every(part => part === 'always()' || compared(part))
  }
  const compared = (part: string): boolean => {
    const [, path = '', sign, text] = /^(\S+) (==|!=) '(.*)'$/.exec(part) ?? []
    if (sign === undefined) throw new Error(`not read here: ${part}`)
    return (read(path) === text) === (sign === '==')
  }
  for (const step of runs.steps) {
    if (!holds(step.if)) continue
    if (step.uses !== undefined) {
      steps[step.id] = mapped(step.with ?? {}, fill)
      continue
    }
    const done = await runStep(place, temp, step.run ?? '', mapped(step.env ?? {}, fill), step.shell)
    log += done.log
    told[step.id] = done.outputs
    steps[step.id] = done.ok ? 'ran' : 'failed'
    failed ||= !done.ok
  }
  const value = Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, fill(output.value)]))
  const summary = readOr(join(temp, 'summary'))
  return {ok: !failed, outputs: value, summary, log, steps, results: value['results'] ?? ''}
}

const mapped = (fields: Fields, fill: (text: string) => string): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, fill(text)]))

/** `sh -e {0}` and `bash --noprofile --norc -eo pipefail {0}` are the runner's own words. */
async function runStep(place: ActionPlace, temp: string, run: string, env: Fields, shell: string | undefined) {
  const script = join(temp, 'step.sh')
  const output = join(temp, 'output')
  writeFileSync(script, run)
  writeFileSync(output, '')
  const argv = shell === 'bash' ? ['bash', '--noprofile', '--norc', '-eo', 'pipefail', script] : ['sh', '-e', script]
  const [program = 'sh', ...words] = argv
  const child = spawn(program, words, {
    cwd: place.workspace,
    env: {
      ...withoutOurs(),
      PATH: [place.programs, process.env['PATH']].join(delimiter),
      GITHUB_ACTION_PATH: place.action,
      GITHUB_WORKSPACE: place.workspace,
      GITHUB_OUTPUT: output,
      GITHUB_ENV: join(temp, 'env'),
      GITHUB_STEP_SUMMARY: join(temp, 'summary'),
      RUNNER_TEMP: join(temp, '_temp'),
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      ...place.outside,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stdout.on('data', (piece: Buffer) => (log += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (log += piece.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return {ok: code === 0, log, outputs: outputsIn(readFileSync(output, 'utf8'))}
}

function withoutOurs(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HL_|GITHUB_|RUNNER_)/.test(name)))
}

/** `name=value` lines; the form with a delimiter is not used here. */
function outputsIn(text: string): Fields {
  const lines = text.split('\n').filter(line => line !== '')
  return Object.fromEntries(
    lines.map(line => {
      const [, name, value = ''] = /^([\w-]+)=(.*)$/.exec(line) ?? []
      if (name === undefined) throw new Error(`no line of GITHUB_OUTPUT: ${line}`)
      return [name, value]
    }),
  )
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
