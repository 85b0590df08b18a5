// Reports of recoveries made by hand: a lost cluster, a bad statement undone by going back in time, a refusal, a
// control. All figures are invented. Not here: what they are made of (fixture-restore.ts), failovers (fixtures.ts).
import type {Report} from '../../src/model/report.ts'
import type {Check} from '../../src/model/verdict.ts'
import {phases, restoreFacts} from '../build-drill.ts'
import {eventsWith, marksWith, noReads, recoveryRto, timeline} from './fixture-restore.ts'
import {passReport} from './fixtures.ts'

function passed(...names: readonly string[]): readonly Check[] {
  return names.map(name => ({name, verdict: 'pass', detail: `${name} was looked at and is as it must be`}))
}

const checks = passed(
  'load-before-disaster',
  'enough-writes',
  'disaster-happened',
  'steps-ran',
  'clock-monotonic',
  'ids-unique',
  'final-readable',
  'recovered',
  'way-back-ended',
  'backup-used',
  'restore-verified',
  'lost-after-restore',
  'duplicated-writes',
  'phantom-writes',
  'resurrected-writes',
  'nodes-agree',
  'rto-within-limit',
)
const amcheck: Check = {name: 'amcheck', verdict: 'pass', detail: 'no index is damaged'}

/** The cluster is lost and comes back without its last five writes: within what was owed of time, not of writes. */
export const lossReport: Report = {
  ...passReport,
  run: 'd1',
  command: 'drill',
  scenario: 'lose-cluster',
  summary: 'every member and the DCS are gone at one moment',
  nature: 'recovery',
  seed: 7,
  startedAt: '2026-01-01T00:00:00.000Z',
  verdict: 'fail',
  rto: recoveryRto(12_000, phases),
  rpo: {
    transactions: 5,
    seconds: 0.05,
    secondsBehind: 0.05,
    bytes: 256,
    atRisk: 100,
    upperBound: null,
    acknowledgedPerSecond: 100,
  },
  restore: restoreFacts,
  phases,
  marks: marksWith('the cluster is gone'),
  writes: {
    attempted: 3_500,
    acknowledged: 2_300,
    acknowledgedLocalOnly: 0,
    failed: 1_199,
    late: 0,
    unknown: {found: 0, absent: 1, unknowable: 0},
    lost: 5,
    duplicated: 0,
    phantom: 0,
    resurrected: 0,
    lostIds: [1_996, 1_997, 1_998, 1_999, 2_000],
  },
  transfers: {attempted: 0, acknowledged: 0, unknown: 0, totalDiffers: null},
  readsPrimary: noReads,
  readsStandby: noReads,
  longestStallMs: 12_000,
  checks: [...checks, {name: 'rpo-within-limit', verdict: 'fail', detail: 'lost writes 5, at most 4'}, amcheck],
  objectives: [
    {name: 'rtoMsMax', limit: 60_000, actual: 12_000, met: true},
    {name: 'lostWritesMax', limit: 4, actual: 5, met: false},
  ],
  timeline: timeline(20, 32),
  roles: [],
  events: eventsWith('the cluster is gone', phases),
  config: {
    ...passReport.config,
    load: {
      ...passReport.config.load,
      transfersPerSecond: 0,
      primaryReadsPerSecond: 0,
      standbyReadsPerSecond: 0,
      pinnedWritesPerSecond: 0,
    },
    versions: {},
    patroni: {},
  },
  host: {...passReport.host, cpus: 4, memoryMb: 8_000},
  files: {folder: '.hl/runs/d1/'},
}

/** The same with nothing owed but a minute, and eight seconds more. */
export const slowReport: Report = {
  ...lossReport,
  verdict: 'pass',
  rto: recoveryRto(20_000, phases),
  checks: [...checks, amcheck],
  objectives: [{name: 'rtoMsMax', limit: 60_000, actual: 20_000, met: true}],
}

/** It never came back, and what is left could not be read. */
export const neverBackReport: Report = {
  ...lossReport,
  rto: recoveryRto(null, phases.slice(0, 3), {timeToRedundancyMs: null}),
  rpo: null,
  restore: null,
  phases: phases.slice(0, 3),
  marks: marksWith('the cluster is gone').slice(0, 3),
  objectives: [
    {name: 'rtoMsMax', limit: 60_000, actual: null, met: false},
    {name: 'lostWritesMax', limit: 0, actual: null, met: false},
  ],
  timeline: timeline(20, 35),
}

/** A point-in-time restore to just before a bad statement; the old cluster went on for four seconds after it. */
export const pointInTimeReport: Report = {
  ...lossReport,
  run: 'd2',
  scenario: 'drop-table',
  summary: 'somebody drops a table',
  verdict: 'pass',
  rpo: null,
  pointInTime: {missing: 0, beside: 6, collateral: 394, keptAfter: 0},
  marks: marksWith('DROP TABLE victim'),
  writes: {
    ...lossReport.writes,
    acknowledged: 2_700,
    failed: 800,
    unknown: {found: 0, absent: 0, unknowable: 0},
    lost: 0,
    lostIds: [],
  },
  checks: [...checks, {name: 'precision', verdict: 'pass', detail: '0 good writes are missing'}, amcheck],
  objectives: [],
  timeline: timeline(24, 32),
  events: eventsWith('DROP TABLE victim', phases),
  files: {folder: '.hl/runs/d2/'},
}

/** hl said no, and nothing changed. */
export const refusalReport: Report = {
  ...lossReport,
  run: 'd3',
  scenario: 'refuse-gap',
  summary: 'a segment is missing from the archive',
  nature: 'refusal',
  controlHeld: true,
  verdict: 'pass',
  rto: null,
  rpo: null,
  restore: null,
  refusal: {
    code: 'ARCHIVE_GAP',
    message: 'segment 000000010000000000000004 is missing',
    next: ['hl backup list', 'restore to a moment before the gap'],
  },
  phases: phases.slice(0, 2),
  marks: marksWith('the cluster is gone').slice(0, 3),
  writes: {...lossReport.writes, lost: 0, lostIds: []},
  checks: passed('refused', 'nothing-restored', 'nothing-changed'),
  objectives: [],
  timeline: timeline(20, 35),
  files: {folder: '.hl/runs/d3/'},
}

/** The same, but hl restored from such an archive. */
export const notRefusedReport: Report = {
  ...refusalReport,
  controlHeld: false,
  verdict: 'fail',
  refusal: null,
  checks: [{name: 'refused', verdict: 'fail', detail: 'hl did not refuse'}, ...refusalReport.checks.slice(1)],
}

/** A control that verification must reject by `precision`. */
export const missedControlReport: Report = {...pointInTimeReport, nature: 'control', controlHeld: false}
export const heldControlReport: Report = {
  ...missedControlReport,
  controlHeld: true,
  verdict: 'fail',
  pointInTime: {missing: 1, beside: 6, collateral: 394, keptAfter: 0},
  checks: [...checks, {name: 'precision', verdict: 'fail', detail: '1 good write is missing'}, amcheck],
}

/** No disaster, no load, nothing restored. */
export const emptyDrillReport: Report = {
  ...lossReport,
  verdict: 'unknown',
  rto: null,
  rpo: null,
  restore: null,
  phases: [],
  marks: [],
  writes: {...lossReport.writes, attempted: 0, acknowledged: 0, failed: 0, lost: 0, lostIds: []},
  checks: [{name: 'load-before-disaster', verdict: 'unknown', detail: 'no load ran'}],
  objectives: [],
  timeline: [],
  events: [],
  files: {},
}

export const recoveryReports = [
  lossReport,
  slowReport,
  neverBackReport,
  pointInTimeReport,
  refusalReport,
  notRefusedReport,
  missedControlReport,
  heldControlReport,
  emptyDrillReport,
]
