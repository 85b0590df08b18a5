// "Repeat it" of a report, through the parser: the command that it names makes the same plan.
import * as Parser from '@oclif/core/parser'
import {afterEach, describe, expect, it, vi} from 'vitest'
import {passReport} from '../test/golden/fixtures.ts'
import {commandsIn} from '../src/runbooks/commands-in.ts'
import {repeatCommand} from '../src/report/next-step.ts'
import {askedFlags} from './asked-flags.ts'
import {planOverrides} from './cluster-overrides.ts'
import Drill from './commands/drill.ts'
import Failover from './commands/failover.ts'
import {loadSettings} from './load-settings.ts'

const commands = {failover: Failover, drill: Drill}
type Name = keyof typeof commands

/** What the command line makes: all that a plan depends on. */
async function madeOf(name: Name, words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const flags = {...commands[name].baseFlags, ...commands[name].flags}
  const parsed = await Parser.parse([...words], {flags, args: {}, strict: true})
  const given: Readonly<Record<string, unknown>> = parsed.flags
  const settings = loadSettings(given, env)
  const {lab, through, repeat, seed} = settings
  const {scenario, shard, profile, param} = given
  const overrides = planOverrides(settings, param as readonly string[] | undefined)
  const asked = askedFlags(given, settings, Object.keys(commands[name].flags))
  return {asked, made: {lab, through, repeat, seed, scenario, shard, profile, overrides}}
}

async function repeated(name: Name, words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const {asked, made} = await madeOf(name, words, env)
  const trials = made.repeat === 1 ? null : ({n: made.repeat} as never)
  // As it is stored and read again.
  const stored = JSON.parse(JSON.stringify(asked)) as typeof asked
  const text = repeatCommand({...passReport, command: name, seed: 7, asked: stored, trials})
  const [command, ...rest] = commandsIn(`\`\`\`\n${text}\n\`\`\``)[0]?.words ?? []
  expect(command).toBe(name)
  return {made: {...made, seed: 7}, again: (await madeOf(name, rest)).made}
}

afterEach(() => vi.unstubAllEnvs())

/** Where the answer goes, and what is asked meanwhile, make no other plan. */
const noPlan = ['keep', 'interactive', 'report', 'note', 'dry-run']
const values: Readonly<Record<string, readonly string[]>> = {
  'scenario': ['./my scenarios/mine.ts'],
  'repeat': ['3'],
  'seed': ['7'],
  'profile': ['small'],
  'rto-max': ['30s', '1500ms'],
  'rpo-max': ['0', '12'],
  'shard': ['s2'],
  'through': ['pgpool', 'direct', 'router'],
  'writes': ['40'],
  'sync': ['quorum'],
  'ttl': ['30s', '1m'],
  'loop-wait': ['4s'],
  'retry-timeout': ['3'],
  'failsafe': ['on', 'off'],
  'param': ['work_mem=8MB', 'search_path=a, b'],
  'lab': ['second'],
}

describe.each(['failover', 'drill'] as const)('hl %s', name => {
  const takes = Object.keys(commands[name].flags).filter(flag => !noPlan.includes(flag))

  it.each([...takes, 'lab'].flatMap(flag => (values[flag] ?? ['none given']).map(value => [flag, value] as const)))(
    'is repeated with --%s %s',
    async (flag, value) => {
      const scenario = flag === 'scenario' ? [] : ['--scenario', 'mine']
      const {made, again} = await repeated(name, [...scenario, `--${flag}`, value])
      expect(again).toEqual(made)
    },
  )

  it('is repeated with all of them, several of one among them', async () => {
    const words = takes.flatMap(flag => (values[flag] ?? []).slice(-1).flatMap(value => [`--${flag}`, value]))
    const params = name === 'failover' ? ['--param', 'jit=off', '--param', 'work_mem=4MB'] : []
    const {made, again} = await repeated(name, [...words, ...params])
    expect(again).toEqual(made)
  })

  it('is repeated with what the environment said', async () => {
    const env = {HL_RTO_MAX: '30s', HL_RPO_MAX: '0', HL_LAB: 'other', HL_REPEAT: '2', HL_TTL: '40', HL_FAILSAFE: 'on'}
    const through = name === 'failover' ? {HL_THROUGH: 'pgpool', HL_WRITES: '9', HL_SYNC: 'off'} : {}
    const {made, again} = await repeated(name, ['--scenario', 'mine'], {...env, ...through})
    const {settings, load, ...objectives} = made.overrides
    expect(again).toMatchObject({lab: 'other', repeat: 2, overrides: objectives})
    // The scenario of a drill says which cluster it needs.
    if (name === 'failover') expect(again).toMatchObject({through: made.through, overrides: {settings, load}})
  })
})
