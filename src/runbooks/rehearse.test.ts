// A rehearsal on an experiment and machines that are none, under virtual time.
import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {failoverScenarios, recoveryScenarios, shardScenarios} from '../../scenarios/index.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {HlError} from '../model/errors.ts'
import type {Report} from '../model/report.ts'
import type {Verdict} from '../model/verdict.ts'
import type {Said} from './expectations.ts'
import type {Incident} from './incident.ts'
import {parseRunbook} from './parse-runbook.ts'
import {rehearsalProblem, rehearse, type RehearsalPorts, type RehearseOptions} from './rehearse.ts'

const fence = '```'
const runbookOf = (budget = '5m') =>
  parseRunbook(
    'runbooks/a.md',
    [
      ...['---', 'alerts: [HlNoPrimary]', 'severity: critical', 'scenario: primary-crash', 'blast: all'],
      ...[`budget: ${budget}`, 'cases: [stopped]', '---', '# A title', '## Symptom', '## Check', '## Act'],
      ...[`${fence}sh on=<node> effect=changes case=stopped`, 'mend', fence, 'Expect `mended`.', '## Verify'],
    ].join('\n'),
  ).runbook

interface World {
  readonly said: Said
  readonly ledger: Verdict
  /** Checks that do not hold. */
  readonly doubts: readonly string[]
  readonly isMended: boolean
  readonly budget: string
  readonly alerts: RehearseOptions['alerts']
}

async function rehearsed(changes: Partial<World> = {}) {
  const world: World = {
    ...{said: {exitCode: 0, output: 'mended'}, ledger: 'pass', doubts: [], isMended: true, budget: '5m', alerts: null},
    ...changes,
  }
  const clock = new FakeClock()
  const kept: Incident[] = []
  const steps: string[] = []
  const ports: RehearsalPorts = {
    connect: async () => Promise.resolve({cluster: {lab: 'rehearsal', name: 'hl'}} as ConnectedLab),
    machines: () => ({
      find: async ({on}) => Promise.resolve(on),
      carryOut: async (_block, at) => {
        steps.push(`followed on ${at}`)
        await clock.wait(10_000)
        return world.said
      },
    }),
    healthy: async () => {
      await clock.wait(5_000)
      if (!world.isMended) throw new HlError('LAB_UNHEALTHY', 'pg1: container stopped', {next: ['look']})
      return 'pg2'
    },
    experiment: async ({watch, beforeStep}) => {
      await beforeStep?.('inject crash: kill-container pg1')
      watch({kind: 'fault.commanded', atMs: 1, fault: 'crash', describe: 'kill', targets: ['pg1']})
      watch({kind: 'fault.verified', atMs: 2, fault: 'crash', sinceMs: 1, evidence: 'gone'})
      await clock.wait(20_000)
      for (const label of ['heal crash', 'heal all']) {
        await beforeStep?.(label)
        steps.push(label)
      }
      const checks = world.doubts.map(name => ({name, verdict: 'unknown' as const, detail: ''}))
      return {run: '0101-000000-aa', verdict: world.ledger, checks} as unknown as Report
    },
  }
  const options: RehearseOptions = {
    runbook: runbookOf(world.budget),
    scenario: failoverScenarios['primary-crash'],
    lab: 'rehearsal',
    runsRoot: 'runs',
    seed: 1,
    keepLab: false,
    up: {},
    overrides: {},
    alerts: world.alerts,
    clock,
    signal: new AbortController().signal,
    watch: () => undefined,
    note: () => undefined,
    newFolder: () => ({incident: '0101-000000-bb', path: 'incidents/x', keep: incident => kept.push(incident)}),
  }
  const {incident} = await clock.run(rehearse(options, ports))
  const parts = Object.fromEntries((incident.rehearsal?.parts ?? []).map(({name, verdict}) => [name, verdict]))
  return {incident, parts, steps, kept}
}

describe('a rehearsal', () => {
  it('follows the runbook on the node that was hit, before the fault is taken back', async () => {
    const {incident, parts, steps, kept} = await rehearsed()
    expect(steps).toEqual(['followed on pg1', 'heal crash', 'heal all'])
    expect(parts).toEqual({alert: 'unknown', followed: 'pass', healthy: 'pass', ledger: 'pass', time: 'pass'})
    expect(incident).toMatchObject({verdict: 'pass', tookMs: 35_000, lab: 'rehearsal', cases: ['stopped']})
    expect(incident.rehearsal).toMatchObject({scenario: 'primary-crash', run: '0101-000000-aa', tookMs: 35_000})
    expect(incident.rehearsal?.parts[0]).toMatchObject({name: 'alert', detail: 'not looked at'})
    expect(kept.at(-1)).toEqual(incident)
  })

  it.each<readonly [string, Partial<World>, Record<string, Verdict>, Verdict]>([
    ['a block is not as expected', {said: {exitCode: 0, output: 'no'}}, {followed: 'fail'}, 'fail'],
    ['the cluster is not whole', {isMended: false}, {healthy: 'fail', time: 'unknown'}, 'fail'],
    ['the ledger lost a write', {ledger: 'fail'}, {ledger: 'fail'}, 'fail'],
    ['the ledger cannot tell', {ledger: 'unknown', doubts: ['final-readable']}, {ledger: 'unknown'}, 'unknown'],
    ['only the host was busy', {ledger: 'unknown', doubts: ['load-on-time']}, {ledger: 'pass'}, 'pass'],
    [
      'only a limit of the scenario is not kept',
      {ledger: 'fail', doubts: ['rto-within-limit']},
      {ledger: 'pass'},
      'pass',
    ],
    [
      'the host was busy, and more is in doubt',
      {ledger: 'unknown', doubts: ['load-on-time', 'enough-writes']},
      {ledger: 'unknown'},
      'unknown',
    ],
    ['nobody says why the ledger cannot tell', {ledger: 'unknown'}, {ledger: 'unknown'}, 'unknown'],
    ['it took too long', {budget: '30s'}, {time: 'fail'}, 'fail'],
  ])('where %s', async (_what, changes, expected, verdict) => {
    const {incident, parts} = await rehearsed(changes)
    expect(parts).toMatchObject(expected)
    expect(incident.verdict).toBe(verdict)
  })

  const alertsBy = (names: readonly (readonly string[])[]): RehearseOptions['alerts'] => {
    const left = [...names]
    return async () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? [])
  }
  it.each<readonly [string, readonly (readonly string[])[], Verdict, string]>([
    [
      'fires and clears',
      [[], [], ['HlOther', 'HlNoPrimary'], ['HlNoPrimary'], []],
      'pass',
      'HlNoPrimary fired and cleared',
    ],
    ['does not fire', [['HlOther']], 'fail', 'HlNoPrimary did not fire'],
    ['does not clear', [[], ['HlNoPrimary']], 'fail', 'HlNoPrimary did not clear'],
  ])('whose alert %s', async (_what, names, verdict, detail) => {
    const {incident} = await rehearsed({alerts: alertsBy(names), budget: '2h'})
    expect(incident.rehearsal?.parts[0]).toEqual({name: 'alert', verdict, detail})
    expect(incident.verdict).toBe(verdict)
  })
})

describe('a runbook', () => {
  const runbook = runbookOf()
  it.each([
    [null, 'there is no scenario primary-crash'],
    [failoverScenarios['primary-crash'], null],
    [failoverScenarios['no-fault'], 'no-fault has no fault that somebody else could take back'],
    [recoveryScenarios['dropped-table'], 'dropped-table has no fault that somebody else could take back'],
    [shardScenarios['shard-primary-crash'], 'shard-primary-crash spans shards'],
  ])('with %#', (scenario, problem) => expect(rehearsalProblem(runbook, scenario)).toBe(problem))
  it('without blocks for a lab is not rehearsed', () =>
    expect(rehearsalProblem({...runbook, blocks: []}, failoverScenarios['primary-crash'])).toContain('no block'))
})
