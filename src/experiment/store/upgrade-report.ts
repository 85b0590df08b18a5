// A stored report of the version before as one of today, so that what was said then is shown. PURE. Invariant: no
// figure is made up: what that version did not measure is null or counts nothing. Not here: judging such a run again
// (upgrade-run.ts and src/measure).
import type {Report, Rpo} from '../../model/report.ts'
import type {Rto} from '../../model/rto.ts'
import {isFields, isNumber, isText, orNull, type Check, type Fields} from './shape.ts'
import {accessPathOf} from './upgrade-run.ts'

const shape: Readonly<Record<string, Check>> = {
  run: isText,
  scenario: isText,
  startedAt: isText,
  verdict: isText,
  rto: orNull(isFields),
  rpo: orNull(isFields),
  writes: isFields,
  checks: Array.isArray,
  objectives: Array.isArray,
  events: Array.isArray,
  timeline: Array.isArray,
}

/** A report of today comes out as it is; throws a plain Error that names the field which is wrong. */
export function upgradeReport(value: unknown): Report {
  if (!isFields(value)) throw new Error('not an object')
  for (const [field, check] of Object.entries(shape))
    if (!check(value[field])) throw new Error(`${field} is wrong or missing`)
  if ('pointInTime' in value) return value as unknown as Report
  return (value['command'] === 'drill' ? drillReport(value) : failoverReport(value)) as unknown as Report
}

function failoverReport(report: Fields): Fields {
  const {rto, rpo} = report
  return {
    ...report,
    through: accessPathOf(report),
    rto: isFields(rto) ? {...rto, predictedMs: null} : null,
    rpo: isFields(rpo) ? {...rpo, acknowledgedPerSecond: rateBefore(report)} : null,
    ...noRecovery,
  }
}

const noRecovery = {
  pointInTime: null,
  restore: null,
  refusal: null,
  phases: [],
  marks: [],
} as const satisfies Partial<Report>

/** Over the ten seconds before the first fault, from the seconds of the chart. */
function rateBefore({events, timeline}: Fields): number {
  const all = Array.isArray(events) ? events.filter(isFields) : []
  const fault = all.find(({kind}) => kind === 'fault.commanded')?.['atMs'] ?? Infinity
  const points = Array.isArray(timeline) ? timeline.filter(isFields) : []
  // The first and the last second of the load are cut off.
  const before = points.slice(1, -1).filter(({atMs}) => Number(atMs) + 1_000 <= Number(fault))
  const ok = before.slice(-10).map(({writesOk}) => Number(writesOk))
  return ok.length === 0 ? 0 : Math.round((ok.reduce((sum, one) => sum + one, 0) / ok.length) * 10) / 10
}

function drillReport({rewind, ...report}: Fields): Fields {
  const {rto, rpo, writes, events} = report
  return {
    ...report,
    nature: report['nature'] === 'drill' ? 'recovery' : report['nature'],
    through: 'router',
    rto: isFields(rto) ? {...unmeasuredRto, ...rto} : null,
    rpo: isFields(rpo) ? {...unmeasuredRpo, secondsBehind: rpo['seconds'], ...rpo} : null,
    pointInTime: rewind ?? null,
    writes: {...unmeasuredWrites, ...(isFields(writes) ? writes : {})},
    transfers: {attempted: 0, acknowledged: 0, unknown: 0, totalDiffers: null},
    readsPrimary: noReads,
    readsStandby: noReads,
    splitBrain: {reportedMs: 0, writableMs: 0, acknowledgedMs: 0, pairs: []},
    longestStallMs: 0,
    roles: [],
    events: Array.isArray(events) ? events.map(fromZero) : [],
    trials: null,
  }
}

/** Steps of a drill were numbered from 1. */
function fromZero(event: unknown): unknown {
  return isFields(event) && isNumber(event['step']) ? {...event, step: Number(event['step']) - 1} : event
}

const unmeasuredRto = {
  timeToFirstErrorMs: null,
  fromFaultMs: null,
  unavailableShare: 0,
  brownOutMs: null,
  readsPrimaryMs: null,
  readsStandbyMs: null,
  outages: [],
  resolutionMs: 0,
} as const satisfies Partial<Rto>

const unmeasuredRpo = {atRisk: 0, upperBound: null} as const satisfies Partial<Rpo>

const unmeasuredWrites = {
  acknowledgedLocalOnly: 0,
  late: 0,
  resurrected: 0,
  lostIds: [],
} as const satisfies Partial<Report['writes']>

const noReads = {
  attempted: 0,
  ok: 0,
  stale: 0,
  staleMsMax: 0,
  staleVersionsMax: 0,
  nonMonotonic: 0,
  readYourWrites: 0,
} as const satisfies Report['readsPrimary']
