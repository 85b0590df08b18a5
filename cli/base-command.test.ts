import {afterEach, expect, it, vi} from 'vitest'
import {hint} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'
import Drill from './commands/drill.ts'
import Failover from './commands/failover.ts'
import {loadConfig} from './run.ts'

const config = await loadConfig(new URL('..', import.meta.url), 'sources')

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  process.exitCode = undefined
})

/** What stderr was given while `work` ran. */
async function errorsOf(work: () => Promise<unknown>): Promise<string> {
  const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await work()
  return spy.mock.calls.map(([text]) => String(text)).join('')
}

const unhealthy = new HlError('LAB_UNHEALTHY', 'no primary', {next: [hint('status')]})

class FailingDrill extends Drill {
  protected override async runScenario(): Promise<never> {
    return Promise.reject(unhealthy)
  }
}

class FailingFailover extends Failover {
  protected override async runScenario(): Promise<never> {
    return Promise.reject(unhealthy)
  }
}

const drill = async (...words: string[]): Promise<unknown> =>
  FailingDrill.run(['--scenario', 'dropped-table', ...words], config)
const failover = async (...words: string[]): Promise<unknown> =>
  FailingFailover.run(['--scenario', 'primary-crash', ...words], config)

it.each([
  ['drill', drill, undefined, [], 'drill'],
  ['drill', drill, 'shop', [], 'shop'],
  ['drill', drill, 'shop', ['--lab', 'other'], 'other'],
  ['failover', failover, 'shop', [], 'shop'],
] as const)('hints of hl %s name the lab that it works on: %o, HL_LAB %s, %j', async (_name, run, env, words, lab) => {
  vi.stubEnv('HL_LAB', env)
  expect(await errorsOf(async () => run(...words))).toContain(`next:  hl status --lab ${lab}\n`)
})

it.each([
  [undefined, true],
  [0, true],
  [1, false],
  [3, false],
  [4, false],
])('with exit code %s, ok of --json is %s', (code, ok) => {
  process.exitCode = code
  expect(new FailingDrill([], config).toSuccessJson({})).toMatchObject({ok, result: {}})
})

it('the help of a drill says which lab it takes', () => {
  const [drill, failover] = ['drill', 'failover'].map(id => config.findCommand(id)?.flags['lab']?.description)
  expect(drill).toContain('default drill')
  expect(failover).toContain('default lab')
})
