// Reports of failovers made by hand for the golden files: realistic figures, all invented, measured by nobody. Not
// here: recoveries (fixture-recovery.ts), events (fixture-events.ts).
import type {HostFacts, ReadCounts, Report, RoleSpan, Rpo, TimelinePoint, WriteCounts} from '../../src/model/report.ts'
import type {Rto} from '../../src/model/rto.ts'
import {defaultLoad} from '../../src/model/scenario.ts'
import {defaultSettings} from '../../src/model/topology.ts'
import {crashEvents, neverRecoveredEvents} from './fixture-events.ts'
import {trials} from './fixture-trials.ts'

const host: HostFacts = {
  cpus: 8,
  memoryMb: 15_974,
  os: 'Fixture Linux 6.1',
  docker: '28.2.0',
  cpuBusyPctMax: 61,
  stealPctMax: 0,
  pressurePctMax: 4,
}

const reads: ReadCounts = {
  attempted: 3_050,
  ok: 2_058,
  stale: 12,
  staleMsMax: 38,
  staleVersionsMax: 2,
  nonMonotonic: 0,
  readYourWrites: 0,
}

const writes: WriteCounts = {
  attempted: 6_100,
  acknowledged: 4_101,
  acknowledgedLocalOnly: 0,
  failed: 1_995,
  late: 3,
  unknown: {found: 3, absent: 1, unknowable: 0},
  lost: 0,
  duplicated: 0,
  phantom: 0,
  resurrected: 0,
  lostIds: [],
}

const rto: Rto = {
  ms: 19_840,
  recovered: true,
  parts: [
    {name: 'before-fault', ms: 14},
    {name: 'detect', ms: 17_006},
    {name: 'elect', ms: 610},
    {name: 'promote', ms: 1_400},
    {name: 'reroute', ms: 810},
    {name: 'unattributed', ms: 0},
  ],
  timeToRedundancyMs: 34_400,
  timeToFirstErrorMs: 9,
  fromFaultMs: 19_826,
  unavailableShare: 0.442,
  brownOutMs: 1_000,
  readsPrimaryMs: 19_902,
  readsStandbyMs: 0,
  outages: [{fromMs: 16_190, toMs: 36_030}],
  resolutionMs: 100,
  predictedMs: null,
}

const passRpo: Rpo = {
  transactions: 0,
  seconds: 0,
  secondsBehind: 0,
  bytes: 0,
  atRisk: 98,
  upperBound: null,
  acknowledgedPerSecond: 100,
}

/** One point a second: the load is down while `down` says so. */
function timeline(seconds: number, down: (second: number) => boolean): readonly TimelinePoint[] {
  return Array.from({length: seconds}, (_, second) => {
    const broken = down(second)
    const wobble = (second * 7) % 5
    return {
      atMs: second * 1_000,
      writesOk: broken ? 0 : 98 + wobble / 2,
      writesBad: broken ? 100 : 0,
      readsOk: broken ? 50 : 99,
      p99Ms: broken ? null : 5.2 + wobble * 0.6 + (second === 36 ? 31 : 0),
    }
  })
}

const roles: readonly RoleSpan[] = [
  {node: 'pg1', role: 'primary', fromMs: 0, toMs: 16_200},
  {node: 'pg1', role: 'unknown', fromMs: 16_200, toMs: 47_800},
  {node: 'pg1', role: 'sync standby', fromMs: 47_800, toMs: 61_000},
  {node: 'pg2', role: 'sync standby', fromMs: 0, toMs: 35_200},
  {node: 'pg2', role: 'primary', fromMs: 35_200, toMs: 61_000},
  {node: 'pg3', role: 'standby', fromMs: 0, toMs: 61_000},
]

const neverRoles: readonly RoleSpan[] = [
  {node: 'pg1', role: 'primary', fromMs: 0, toMs: 31_150},
  {node: 'pg1', role: 'standby', fromMs: 31_150, toMs: 61_000},
  {node: 'pg2', role: 'sync standby', fromMs: 0, toMs: 61_000},
  {node: 'pg3', role: 'standby', fromMs: 0, toMs: 61_000},
]

/** Killed primary, clean failover. */
export const passReport: Report = {
  schemaVersion: 1,
  run: 'fixture-pass',
  command: 'failover',
  scenario: 'primary-crash',
  summary: 'SIGKILL the primary under write load; a standby must take over without losing an acknowledged write',
  nature: 'fault',
  controlHeld: null,
  seed: 4171,
  startedAt: '2026-01-02T10:15:02.000Z',
  through: 'router',
  verdict: 'pass',
  rto,
  rpo: passRpo,
  pointInTime: null,
  restore: null,
  refusal: null,
  phases: [],
  marks: [],
  writes,
  transfers: {attempted: 610, acknowledged: 411, unknown: 1, totalDiffers: 0},
  readsPrimary: reads,
  readsStandby: {...reads, ok: 3_050, stale: 44, staleMsMax: 412, staleVersionsMax: 21},
  splitBrain: {reportedMs: 0, writableMs: 0, acknowledgedMs: 0, pairs: []},
  longestStallMs: 19_840,
  checks: [
    {name: 'load-ran', verdict: 'pass', detail: '1,619 ok writes before the fault, at least 500 wanted'},
    {name: 'fault-seen', verdict: 'pass', detail: 'the container of pg1 was gone 31 ms after the command'},
    {name: 'no-lost-writes', verdict: 'pass', detail: '0 of 4,101 acknowledged writes are absent'},
    {name: 'no-split-brain', verdict: 'pass', detail: 'no two nodes accepted writes at the same time'},
    {name: 'no-duplicates', verdict: 'pass', detail: 'no id is there twice'},
    {name: 'transfers-add-up', verdict: 'pass', detail: 'the total of all accounts is what it was'},
    {name: 'nodes-agree', verdict: 'pass', detail: 'pg1, pg2 and pg3 hold the same 4,104 rows'},
  ],
  objectives: [
    {name: 'rtoMsMax', limit: 30_000, actual: 19_840, met: true},
    {name: 'lostWritesMax', limit: 0, actual: 0, met: true},
  ],
  warnings: [],
  timeline: timeline(61, second => second >= 16 && second < 36),
  roles,
  events: crashEvents,
  config: {
    settings: defaultSettings,
    load: defaultLoad,
    versions: {PostgreSQL: '17.2', Patroni: '4.0.4', etcd: '3.5.17'},
    patroni: {
      ttl: 20,
      loop_wait: 5,
      retry_timeout: 5,
      synchronous_mode: true,
      postgresql: {parameters: {wal_level: 'replica'}},
    },
    dataChecksums: true,
    fsync: true,
  },
  host,
  files: {folder: '.hl/runs/fixture-pass/'},
  trials: null,
}

/** Asynchronous, partitioned: two primaries and lost writes. */
export const failReport: Report = {
  ...passReport,
  run: 'fixture-fail',
  scenario: 'primary-partition',
  summary: 'Cut the primary off from etcd and the other nodes; it must stop taking writes before another one starts',
  verdict: 'fail',
  rto: {...rto, timeToRedundancyMs: null},
  rpo: {...passRpo, transactions: 37, seconds: 1.84, secondsBehind: 1.9, bytes: 98_304},
  writes: {...writes, lost: 37, lostIds: [1_702, 1_703, 1_704], acknowledged: 4_120, failed: 1_976},
  splitBrain: {
    reportedMs: 4_100,
    writableMs: 3_900,
    acknowledgedMs: 3_700,
    pairs: [{a: 'pg1', b: 'pg2', acknowledged: 37}],
  },
  checks: [
    {name: 'load-ran', verdict: 'pass', detail: '1,619 ok writes before the fault'},
    {
      name: 'no-lost-writes',
      verdict: 'fail',
      detail:
        '37 of 4,120 acknowledged writes are absent, the oldest id 1702 acknowledged at +16.4s by pg1 on timeline 4',
    },
    {
      name: 'no-split-brain',
      verdict: 'fail',
      detail: 'pg1 (timeline 4) and pg2 (timeline 5) both acknowledged writes for 3.70 s',
    },
    {
      name: 'transfers-add-up',
      verdict: 'unknown',
      detail: 'pg3 did not answer, so the total could not be read from every node',
    },
  ],
  objectives: [
    {name: 'rtoMsMax', limit: 15_000, actual: 19_840, met: false},
    {name: 'lostWritesMax', limit: 0, actual: 37, met: false},
  ],
  warnings: [
    {
      code: 'HOST_STARVED',
      detail: 'the host was under CPU pressure for 9 s of the run (at most 41%)',
      next: 'repeat it on an idle host, or give the lab fewer clients',
    },
  ],
  config: {...passReport.config, settings: {...defaultSettings, synchronousMode: 'off'}},
  files: {folder: '.hl/runs/fixture-fail/'},
}

/** No standby may stand: the outage does not end. */
export const neverReport: Report = {
  ...passReport,
  run: 'fixture-never',
  scenario: 'dcs-loss',
  summary: 'Stop every etcd member: without a lease nobody may be primary',
  verdict: 'fail',
  rto: {
    ...rto,
    ms: null,
    recovered: false,
    parts: [
      {name: 'before-fault', ms: 40},
      {name: 'detect', ms: 14_960},
    ],
    timeToRedundancyMs: null,
    fromFaultMs: null,
    brownOutMs: null,
    unavailableShare: 0.998,
    outages: [{fromMs: 16_190, toMs: null}],
  },
  longestStallMs: 44_810,
  writes: {...writes, acknowledged: 1_620, failed: 4_476},
  objectives: [
    {name: 'rtoMsMax', limit: 30_000, actual: null, met: false},
    {name: 'lostWritesMax', limit: 0, actual: 0, met: true},
  ],
  timeline: timeline(61, second => second >= 16),
  roles: neverRoles,
  events: neverRecoveredEvents,
  files: {},
}

/** Ten trials; one of them never recovered. */
export const trialsReport: Report = {
  ...passReport,
  run: 'fixture-trials',
  verdict: 'fail',
  trials,
  rpo: {...passRpo, upperBound: 0.3},
  objectives: [
    {name: 'rtoMsMax', limit: 30_000, actual: null, met: false},
    {name: 'lostWritesMax', limit: 0, actual: 0, met: true},
  ],
  files: {folder: '.hl/runs/fixture-trials/'},
}

/** A control that was rejected by the checks that must. */
export const controlReport: Report = {
  ...failReport,
  run: 'fixture-control',
  scenario: 'split-brain-control',
  summary: 'Promote a standby by hand beside the primary: the checks must see it',
  nature: 'control',
  controlHeld: true,
  warnings: [],
  files: {},
}
