import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {failoverScenarios as scenarios, recoveryScenarios} from '../../scenarios/index.ts'
import {HlError} from '../model/errors.ts'
import {accessPaths} from '../model/scenario.ts'
import type {Scenario, AccessPathName} from '../model/scenario.ts'
import {defaultSettings} from '../model/topology.ts'
import type {ClusterState, MemberState} from '../model/topology.ts'
import {planScenario} from './plan-experiment.ts'
import type {PlanOverrides} from './plan-experiment.ts'

const member = (name: string, role: MemberState['role']): MemberState => ({
  name,
  role,
  container: 'running',
  state: role === 'primary' ? 'running' : 'streaming',
  timeline: 3,
  lagBytes: null,
  replayLagBytes: null,
})
const healthy: ClusterState = {
  lab: 'lab',
  members: [member('pg1', 'standby'), member('pg2', 'primary'), member('pg3', 'sync standby')],
  dcs: ['etcd1', 'etcd2', 'etcd3'].map(name => ({name, container: 'running', healthy: true, leader: name === 'etcd3'})),
  lease: {owner: 'pg2', expiresInMs: 17_000},
  primary: 'pg2',
  syncStandbys: ['pg3'],
  timeline: 3,
  paused: false,
}
const plan = (scenario: Scenario, overrides: PlanOverrides = {}, seed = 42) =>
  planScenario(scenario, {name: 'lab', state: healthy, settings: defaultSettings}, {seed, through: 'router', overrides})

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof HlError ? `${error.code}: ${error.message}` : String(error)
  }
  return 'no error'
}

describe('planScenario', () => {
  it('reads as what will happen, with the names of now', () => {
    const steps = plan(scenarios['primary-crash']).steps
    expect(steps.map(step => step.label)).toEqual([
      'hold 8.00 s (baseline)',
      'hold 3.00 s (baseline)',
      'inject crash: kill-container pg2 (primary)',
      'await new-primary within 1m 0s',
      'await writable within 1m 0s',
      'hold 5.00 s (aftermath)',
      'heal crash',
      'await healthy within 1m 30s',
    ])
    expect(steps.map(step => step.index)).toEqual(steps.map((_, index) => index))
  })

  it('announces preparing, every step, one that hangs, and every part of the end', () => {
    const steps = (of: Scenario) => plan(of).steps.reduce((sum, {withinMs}) => sum + withinMs, 0)
    const [crash, dropped] = [scenarios['primary-crash'], recoveryScenarios['dropped-table']]
    // Preparation, a step that does not stop, a heal, redundancy, four parts, the settings.
    expect(plan(crash).withinMs - steps(crash)).toBe((240 + 121 + 120 + 120 + 4 * 60 + 120) * 1_000)
    // A second load, and a verification.
    expect(plan(dropped).withinMs - steps(dropped)).toBe((240 + 121 + 120 + 600 + 7 * 60 + 120) * 1_000)
  })

  it.each<[keyof typeof scenarios, string]>([
    ['primary-isolated', 'inject cut: partition pg2 (primary) from members, dcs, clients'],
    ['dcs-quorum-loss', 'inject quorum: kill-container etcd3, etcd1 (dcs-majority)'],
    ['full-stop', 'inject stop: kill-container pg1, pg2, pg3 (members)'],
    ['sync-standby-crash', 'inject crash: kill-container pg3 (sync-standby)'],
    ['control-split-brain', 'inject intruder: promote-standby pg1 (standby)'],
    ['switchover', 'switch over to pg3 (sync-standby)'],
  ])('names the targets of %s', (name, label) => {
    expect(plan(scenarios[name]).steps.map(step => step.label)).toContain(label)
  })

  it.each<[string, Partial<ClusterState>, string]>([
    [
      'a member is down',
      {members: [...healthy.members.slice(1), {...member('pg1', 'unknown'), container: 'stopped'}]},
      'LAB_UNHEALTHY: lab lab is not healthy: pg1: container stopped',
    ],
    [
      'nobody is primary',
      {primary: null, members: healthy.members.map(one => member(one.name, 'standby'))},
      'no primary',
    ],
    ['maintenance mode is on', {paused: true}, 'LAB_UNHEALTHY: lab lab is not healthy: Patroni is in maintenance mode'],
    ['the sync set is empty', {syncStandbys: []}, 'no synchronous standby registered'],
  ])('refuses when %s', (_, change, expected) => {
    expect(
      codeOf(() =>
        planScenario(
          scenarios['primary-crash'],
          {name: 'lab', state: {...healthy, ...change}, settings: defaultSettings},
          {seed: 1, through: 'router', overrides: {}},
        ),
      ),
    ).toContain(expected)
  })

  it('lays settings over each other: lab, scenario, flags', () => {
    const {settings} = planScenario(
      scenarios['control-lagging-standby'],
      {name: 'lab', state: healthy, settings: {...defaultSettings, ttlS: 30, parameters: {work_mem: '8MB'}}},
      {seed: 1, through: 'router', overrides: {settings: {loopWaitS: 8, parameters: {fsync: 'on'}}}},
    )
    expect(settings).toEqual({
      ...defaultSettings,
      ttlS: 30,
      loopWaitS: 8,
      synchronousMode: 'off',
      maximumLagOnFailoverBytes: 1_073_741_824,
      parameters: {work_mem: '8MB', fsync: 'on'},
    })
  })

  it('takes load and objectives from flags', () => {
    const made = plan(scenarios['primary-crash'], {load: {writesPerSecond: 7}, objectives: {rtoMsMax: 1}})
    expect([made.load.writesPerSecond, made.load.deadlineMs, made.scenario.objectives]).toEqual([
      7,
      2_000,
      {rtoMsMax: 1, lostWritesMax: 0},
    ])
  })

  it('names the one node of a direct load, the primary of now, and none for a load that finds its way', () => {
    const planned = (through: AccessPathName) =>
      planScenario(
        scenarios['primary-crash'],
        {name: 'lab', state: healthy, settings: defaultSettings},
        {seed: 1, through, overrides: {}},
      )
    expect(accessPaths.map(way => [way, planned(way).directTo])).toEqual([
      ['router', undefined],
      ['pgpool', undefined],
      ['multi-host', undefined],
      ['direct', 'pg2'],
    ])
  })

  it('refuses timing that Patroni would change silently', () => {
    expect(codeOf(() => plan(scenarios['primary-crash'], {settings: {loopWaitS: 15}}))).toContain(
      'CONFIG_INVALID: loop_wait + 2 * retry_timeout must not exceed ttl: 15 + 2 * 5 > 20',
    )
  })

  it('refuses a target that is not there', () => {
    const scenario: Scenario = {
      ...scenarios['primary-crash'],
      steps: scenarios['primary-crash'].steps.map(step =>
        step.kind === 'inject'
          ? {...step, fault: {kind: 'kill-container', target: {select: 'named', name: 'pg9'}}}
          : step,
      ),
    }
    expect(codeOf(() => plan(scenario))).toBe('NODE_UNKNOWN: the lab has no service pg9')
  })

  it('draws no phase where nothing is disturbed', () => {
    expect([plan(scenarios['no-fault']).phaseMs, plan(scenarios['no-fault']).steps]).toEqual([
      0,
      plan(scenarios['no-fault'], {}, 7).steps,
    ])
  })

  it('bounds the run by its steps', () => {
    const made = plan(scenarios['primary-and-dcs-leader-crash'])
    expect(made.withinMs).toBeGreaterThan(made.steps.reduce((sum, step) => sum + step.withinMs, 0))
    expect(made.steps.find(step => step.step.kind === 'heal')?.withinMs).toBe(240_000)
  })

  it('draws the phase evenly over the loop, the same for the same seed, before the first disturbance only', () => {
    const phases: number[] = []
    fc.assert(
      fc.property(
        fc.nat({max: 0xffff_ffff}),
        fc.constantFrom<Scenario>(scenarios['primary-flap'], scenarios.switchover),
        (seed, scenario) => {
          const made = plan(scenario, {}, seed)
          phases.push(made.phaseMs)
          expect(made).toEqual(plan(scenario, {}, seed))
          expect(made.phaseMs).toBeGreaterThanOrEqual(0)
          expect(made.phaseMs).toBeLessThan(5_000)
          const rest = made.steps.map(one => one.step).filter((_, index) => made.phaseMs === 0 || index !== 1)
          expect(rest).toEqual(scenario.steps)
        },
      ),
      {numRuns: 400},
    )
    expect(new Set(phases.map(ms => Math.floor(ms / 1_000))).size).toBe(5)
  })

  it('draws no phase for a recovery, and plans one for a lab that is not there yet', () => {
    const made = planScenario(
      recoveryScenarios['across-timelines'],
      {name: 'drill', state: null, settings: defaultSettings},
      {seed: 7, through: 'direct', overrides: {}},
    )
    expect([made.lab, made.newLab, made.phaseMs, made.directTo]).toEqual(['drill', true, 0, undefined])
    expect(made.steps.map(step => step.label)).toEqual([
      'hold 3.00 s (baseline)',
      'full backup under load',
      'hold 3.00 s (baseline)',
      'switch over to the standby that Patroni chooses',
      'hold 8.00 s (baseline)',
      'DROP TABLE on a table that is needed',
      'hold 2.00 s (aftermath)',
      'restore to just before it into a new lab',
    ])
  })
})
