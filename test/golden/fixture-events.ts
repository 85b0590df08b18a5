// Events of two runs, made by hand: a killed primary, and an outage that does not end. All times are invented.
import type {RunEvent} from '../../src/model/run-event.ts'
import type {Role} from '../../src/model/topology.ts'

const crashSteps = [
  'hold 15.00 s (baseline)',
  'inject crash: kill-container pg1',
  'await writable within 30.00 s',
  'hold 10.00 s (aftermath)',
  'heal all',
  'await healthy within 1m 0s',
]
const lossSteps = [
  'hold 15.00 s (baseline)',
  'inject no-dcs: kill-container etcd1, etcd2, etcd3',
  'await writable within 30.00 s',
  'heal all',
]

interface Moment {
  readonly owner: string | null
  readonly expiresInMs: number | null
  readonly roles: readonly [Role, Role, Role]
}

/** What is sampled once a second, from `fromS` to before `toS`. */
function samples(fromS: number, toS: number, ok: boolean, moment: (second: number) => Moment): readonly RunEvent[] {
  return Array.from({length: toS - fromS}, (_, index) => fromS + index).flatMap((second): readonly RunEvent[] => {
    const {owner, expiresInMs, roles} = moment(second)
    const atMs = second * 1_000 + 950
    return [
      {
        kind: 'cluster.observed',
        atMs,
        leaseOwner: owner,
        leaseExpiresInMs: expiresInMs,
        members: roles.map((role, node) => ({
          name: `pg${node + 1}`,
          role,
          lagBytes: role === 'primary' || role === 'unknown' ? null : node === 2 ? 98_304 : 0,
        })),
      },
      {
        kind: 'load.window',
        atMs,
        fromMs: second * 1_000,
        ok: ok ? 100 : 0,
        failed: ok ? 0 : second === 16 ? 96 : 100,
        unknown: !ok && second === 16 ? 4 : 0,
        readsOk: ok ? 99 : 50,
        p99Ms: ok ? 5.4 : null,
      },
    ]
  })
}

const before = (second: number): Moment => ({
  owner: 'pg1',
  expiresInMs: 20_000 - (second % 5) * 1_000,
  roles: ['primary', 'sync standby', 'standby'],
})
const headless = (second: number): Moment => ({
  owner: second < 33 ? 'pg1' : null,
  expiresInMs: second < 33 ? (33 - second) * 1_000 : null,
  roles: ['unknown', 'sync standby', 'standby'],
})
const failedOver = (second: number): Moment => ({
  owner: 'pg2',
  expiresInMs: 20_000 - (second % 5) * 1_000,
  roles: ['unknown', 'primary', 'standby'],
})
const healed = (second: number): Moment => ({
  owner: 'pg2',
  expiresInMs: 20_000 - (second % 5) * 1_000,
  roles: ['sync standby', 'primary', 'standby'],
})

function started(run: string, scenario: string, steps: readonly string[]): readonly RunEvent[] {
  return [
    {
      kind: 'run.started',
      atMs: 0,
      run,
      scenario,
      seed: 4171,
      trial: 1,
      trials: 1,
      steps,
      startedAt: '2026-01-02T10:15:02.000Z',
    },
    {kind: 'step.started', atMs: 10, step: 0, label: 'hold 15.00 s (baseline)', withinMs: 15_000},
    ...samples(0, 16, true, before),
    {kind: 'step.done', atMs: 16_020, step: 0, label: 'hold 15.00 s (baseline)', detail: '1,600 writes ok, p99 5.4 ms'},
    {kind: 'step.started', atMs: 16_030, step: 1, label: steps[1] ?? '', withinMs: 30_000},
  ]
}

/** A killed primary and a clean failover. */
export const crashEvents: readonly RunEvent[] = [
  ...started('fixture-pass', 'primary-crash', crashSteps),
  {kind: 'fault.commanded', atMs: 16_173, fault: 'crash', describe: 'SIGKILL to the container', targets: ['pg1']},
  {kind: 'fault.verified', atMs: 16_204, sinceMs: 16_204, fault: 'crash', evidence: 'container is gone'},
  {kind: 'step.done', atMs: 16_210, step: 1, label: 'inject crash: kill-container pg1', detail: 'pg1 is gone'},
  {kind: 'step.started', atMs: 16_220, step: 2, label: 'await writable within 30.00 s', withinMs: 30_000},
  {kind: 'role.changed', atMs: 16_310, node: 'pg1', from: 'primary', to: 'unknown', timeline: null},
  ...samples(16, 33, false, headless),
  {kind: 'lease.changed', atMs: 33_210, from: 'pg1', to: null},
  {kind: 'lease.changed', atMs: 33_820, from: null, to: 'pg2'},
  ...samples(33, 35, false, second => ({...failedOver(second), roles: ['unknown', 'sync standby', 'standby']})),
  {kind: 'role.changed', atMs: 35_200, node: 'pg2', from: 'sync standby', to: 'primary', timeline: 5},
  {kind: 'node.writable', atMs: 35_220, node: 'pg2', timeline: 5},
  ...samples(35, 36, false, failedOver),
  {kind: 'router.primary', atMs: 36_010, node: 'pg2'},
  ...samples(36, 37, true, failedOver),
  {
    kind: 'step.done',
    atMs: 37_040,
    step: 2,
    label: 'await writable within 30.00 s',
    detail: 'pg2 accepts writes, timeline 5',
  },
  {kind: 'step.started', atMs: 37_050, step: 3, label: 'hold 10.00 s (aftermath)', withinMs: 10_000},
  ...samples(37, 47, true, failedOver),
  {kind: 'step.done', atMs: 47_060, step: 3, label: 'hold 10.00 s (aftermath)', detail: '1,000 writes ok'},
  {kind: 'step.started', atMs: 47_070, step: 4, label: 'heal all', withinMs: 30_000},
  {kind: 'heal.commanded', atMs: 47_080, fault: 'crash'},
  {kind: 'heal.verified', atMs: 47_620, fault: 'crash', evidence: 'container runs'},
  {kind: 'step.done', atMs: 47_630, step: 4, label: 'heal all', detail: 'pg1 started again'},
  {kind: 'step.started', atMs: 47_640, step: 5, label: 'await healthy within 1m 0s', withinMs: 60_000},
  {kind: 'role.changed', atMs: 47_800, node: 'pg1', from: 'unknown', to: 'sync standby', timeline: 5},
  ...samples(48, 50, true, healed),
  {kind: 'cluster.healthy', atMs: 50_604, timeline: 5},
  {
    kind: 'step.done',
    atMs: 50_610,
    step: 5,
    label: 'await healthy within 1m 0s',
    detail: 'all standbys stream, sync set complete',
  },
  {kind: 'run.done', atMs: 61_000, verdict: 'pass'},
]

/** The wait for a writable primary runs out. */
export const neverRecoveredEvents: readonly RunEvent[] = [
  ...started('fixture-never', 'dcs-loss', lossSteps),
  {
    kind: 'fault.commanded',
    atMs: 16_173,
    fault: 'no-dcs',
    describe: 'SIGKILL to the containers',
    targets: ['etcd1', 'etcd2', 'etcd3'],
  },
  {kind: 'fault.verified', atMs: 16_230, sinceMs: 16_230, fault: 'no-dcs', evidence: 'containers are gone'},
  {
    kind: 'step.done',
    atMs: 16_240,
    step: 1,
    label: 'inject no-dcs: kill-container etcd1, etcd2, etcd3',
    detail: 'etcd is gone',
  },
  {kind: 'step.started', atMs: 16_250, step: 2, label: 'await writable within 30.00 s', withinMs: 30_000},
  ...samples(16, 31, false, headless),
  {kind: 'role.changed', atMs: 31_150, node: 'pg1', from: 'primary', to: 'standby', timeline: 4},
  {kind: 'lease.changed', atMs: 31_190, from: 'pg1', to: null},
  {
    kind: 'step.failed',
    atMs: 46_250,
    step: 2,
    label: 'await writable within 30.00 s',
    code: 'TIMEOUT',
    message: 'no node accepted writes within 30.00 s; last seen: lease nobody, candidates pg2 +0 B',
  },
  {kind: 'heal.commanded', atMs: 46_260, fault: 'no-dcs'},
  {kind: 'heal.verified', atMs: 47_900, fault: 'no-dcs', evidence: 'containers run'},
  {kind: 'run.done', atMs: 61_000, verdict: 'fail'},
]
