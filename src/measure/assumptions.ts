// What must be true of a run before anything can be claimed from it. Invariant: an assumption is held or not (unknown),
// never a fail: these are faults of hl or of the host.
// Not here: claims about the cluster (claims.ts).
import {acknowledged, type ReadOp} from '../model/history.ts'
import {stepOf} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {formatCount, formatShare, plural} from '../model/quantity.ts'
import {countWhere, firsts, groupByNumber, leastOf, where, within} from './columns.ts'
import {isWriteError} from './conflict.ts'
import {countLate} from './counts.ts'
import {eventsOf} from './events-of.ts'
import {isOld, type Facts} from './facts.ts'
import {failedSteps} from './failed-steps.ts'
import {clockMonotonic, historyComplete, loadRanThrough, readsExplained, timelinesRise} from './history-checks.ts'
import {IdSet} from './id-set.ts'
import {startedSteps} from './moments.ts'
import {unbrokenSince} from './outages.ts'
import {asksForRecovery} from './recovery.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'
import {countOf} from './sequence.ts'
import {appendsOf} from './sort-ops.ts'

/** Fewer acknowledged writes before the fault make no baseline: at the default rate this is a fifth of a second. */
const baselineWritesMin = 20
/** Fewer than this in all, and a loss of some percent would be missed by chance. */
const writesMin = 50
/**
 * More late operations than this before the disturbance: the host cannot carry the load, and what follows is about the
 * host.
 */
const lateShareMax = 0.1
/** Late operations afterwards still see what is there, as long as they come one after the other (load-ran-through). */
const lateShareAfterMax = 0.5
/** More errors than this before the disturbance: something else was broken already. */
const errorShareMax = 0.01
/** A busy host takes seconds to open the connections of a load; what is longer is no start any more. */
const startShareMax = 1 / 3

export const assumptionCheckers: readonly Checker<Facts>[] = [
  ['load-before-fault', loadBeforeFault],
  ['load-before-disaster', loadBeforeDisaster],
  ['enough-writes', enoughWrites],
  ['load-on-time', loadOnTime],
  ['baseline-clean', baselineClean],
  ['load-ran-through', loadRanThrough],
  ['fault-seen', faultSeen],
  ['heal-seen', healSeen],
  ['disaster-happened', disasterHappened],
  ['steps-ran', stepsRan],
  ['clock-monotonic', clockMonotonic],
  ['ids-unique', idsUnique],
  ['history-complete', historyComplete],
  ['timelines-rise', timelinesRise],
  ['start-empty', startEmpty],
  ['reads-explained', readsExplained],
  ['events-present', eventsPresent],
]

function loadBeforeFault(facts: Facts): Finding {
  const {scenario} = facts.record
  const {disturbedMs} = facts.moments
  if (stepOf(scenario.steps, 'inject') === null && stepOf(scenario.steps, 'switchover') === null) return null
  return disturbedMs === null
    ? {verdict: 'unknown', detail: 'nothing was disturbed'}
    : baseline(facts, disturbedMs, 'the disturbance')
}

/** Where it never came, disaster-happened says so. */
function loadBeforeDisaster(facts: Facts): Finding {
  const {disaster} = facts.moments
  return disaster === null ? null : baseline(facts, disaster.commandedMs, 'the disaster')
}

function baseline({firstLoad, rule}: Facts, untilMs: number, what: string): Finding {
  const before = within(where(firstLoad, acknowledged), 'completedMs', {upTo: untilMs})
  const quietMs = untilMs - (before.at(-1)?.completedMs ?? -Infinity)
  if (before.length >= baselineWritesMin && quietMs > rule.unbrokenMs)
    return {verdict: 'unknown', detail: `no write was acknowledged in the ${formatMs(quietMs)} before ${what}`}
  return finding(
    before.length >= baselineWritesMin,
    'unknown',
    `${plural(before.length, 'write')} acknowledged before ${what}, at least ${baselineWritesMin} needed`,
  )
}

/**
 * Of what goes on without a disturbance, write-errors-within-limit speaks. What failed while the load opened its
 * connections is left out, as long as that was over early.
 */
function baselineClean(facts: Facts): Finding {
  const {firstLoad, moments, record} = facts
  const {disturbedMs} = moments
  if (disturbedMs === null || asksForRecovery(record.scenario.steps)) return null
  const {startMs, fromMs} = baselineBegin(facts, disturbedMs)
  const all = within(firstLoad, 'completedMs', {upTo: disturbedMs})
  const before = within(all, 'invokedMs', {from: fromMs})
  const errors = countWhere(before, isWriteError)
  const left = countWhere(all, isWriteError) - errors
  const start =
    left === 0
      ? ''
      : `; ${formatCount(left)} from before the load ran without a break, ${formatMs(fromMs - startMs)} after its start`
  return finding(
    before.length > 0 && errors <= errorShareMax * before.length,
    'unknown',
    `${formatCount(errors)} of ${plural(before.length, 'write')} of the baseline not acknowledged, at most ${formatShare(errorShareMax)} allowed${start}`,
  )
}

/** Where the load ran without a break for the first time, if that was soon; otherwise its start. */
function baselineBegin(
  {firstLoad, service, rule}: Facts,
  disturbedMs: number,
): {readonly startMs: number; readonly fromMs: number} {
  const startMs = Math.min(leastOf(firstLoad, 'invokedMs'), disturbedMs)
  const attempts = within(service.attempts, 'completedMs', {upTo: disturbedMs})
  const sinceMs = unbrokenSince(attempts, rule) ?? startMs
  const isSoon = sinceMs - startMs <= startShareMax * (disturbedMs - startMs)
  return {startMs, fromMs: isSoon ? sinceMs : startMs}
}

function enoughWrites({firstLoad}: Facts): Finding {
  const ok = countWhere(firstLoad, acknowledged)
  return finding(ok >= writesMin, 'unknown', `${plural(ok, 'write')} acknowledged, at least ${writesMin} needed`)
}

/** Backups and copies before a recovery slow the host themselves; there it is a warning (load-late). */
function loadOnTime({record, writes, moments}: Facts): Finding {
  if (asksForRecovery(record.scenario.steps)) return null
  const disturbedMs = moments.disturbedMs ?? Infinity
  const before = within(writes, 'dueMs', {upTo: disturbedMs})
  const late = countLate(before)
  const after = within(writes, 'dueMs', {above: disturbedMs})
  const lateAfter = countLate(after)
  if (lateAfter > lateShareAfterMax * after.length)
    return {
      verdict: 'unknown',
      detail: `${formatCount(lateAfter)} of ${plural(after.length, 'write')} after the disturbance issued late, at most ${formatShare(lateShareAfterMax)} allowed`,
    }
  return finding(
    before.length > 0 && late <= lateShareMax * before.length,
    'unknown',
    `${formatCount(late)} of ${plural(before.length, 'write')} of the baseline issued late, at most ${formatShare(lateShareMax)} allowed`,
  )
}

function disasterHappened({record, moments}: Facts): Finding {
  if (stepOf(record.scenario.steps, 'disaster') === null) return null
  return finding(moments.disaster !== null, 'unknown', moments.disaster?.describe ?? 'the disaster never came')
}

/** Every fault that was commanded, and every inject step that was begun. */
function begunFaults({record, events}: Facts): ReadonlySet<string> {
  const injects = startedSteps(record.scenario, events).flatMap(({step}) => (step.kind === 'inject' ? [step.id] : []))
  return new Set([...injects, ...eventsOf(events, 'fault.commanded').map(event => event.fault)])
}

function faultSeen(facts: Facts): Finding {
  const seen = new Set(eventsOf(facts.events, 'fault.verified').map(event => event.fault))
  const begun = [...begunFaults(facts)]
  if (begun.length === 0) return noFault(facts)
  const unseen = begun.filter(fault => !seen.has(fault))
  return finding(
    unseen.length === 0,
    'unknown',
    unseen.length === 0
      ? `the effect of ${faultsText(begun.length)} was seen`
      : `no effect seen of: ${unseen.join(', ')}`,
  )
}

/** A scenario without a fault owes the sight of none. */
function noFault({record}: Facts): Finding {
  return stepOf(record.scenario.steps, 'inject') === null ? null : {verdict: 'unknown', detail: 'no fault was injected'}
}

function healSeen(facts: Facts): Finding {
  const {events} = facts
  const begun = begunFaults(facts)
  if (begun.size === 0) return noFault(facts)
  const lastMs = new Map(eventsOf(events, 'fault.commanded').map(event => [event.fault, event.atMs]))
  const healed = new Set(
    eventsOf(events, 'heal.verified').flatMap(({fault, atMs}) =>
      atMs > (lastMs.get(fault) ?? Infinity) ? [fault] : [],
    ),
  )
  const unhealed = [...begun].filter(fault => !healed.has(fault))
  return finding(
    unhealed.length === 0,
    'unknown',
    unhealed.length === 0
      ? `the heal of ${faultsText(begun.size)} was seen`
      : `no heal seen of: ${unhealed.join(', ')}`,
  )
}

/**
 * A failed wait or switchover is the cluster's answer and a claim (conditions-met), and so is a way back that failed
 * (recovered, way-back-ended); the run may end there.
 */
function stepsRan(facts: Facts): Finding {
  const {record, events} = facts
  const {steps} = record.scenario
  const interrupted = eventsOf(events, 'run.interrupted')[0]
  if (interrupted !== undefined) return {verdict: 'unknown', detail: `interrupted by ${interrupted.signal}`}
  const {byCluster, wayBack, byUs} = failedSteps(facts)
  if (byUs !== null) return {verdict: 'unknown', detail: `step failed: ${byUs.label}: ${byUs.message}`}
  const stray = strayStep(facts)
  if (stray !== null) return {verdict: 'unknown', detail: stray}
  if (steps.length === 0) return null
  const started = startedSteps(record.scenario, events)
  const complete = byCluster !== null || wayBack !== null || started.length >= steps.length
  return finding(complete, 'unknown', `${started.length} of ${plural(steps.length, 'step')} begun`)
}

/** Each cluster's load counts for itself. */
function idsUnique({ops}: Facts): Finding {
  const clusters = [...new Set([...firsts(ops)].map(op => op.cluster))]
  const different = clusters.reduce((sum, name) => sum + IdSet.ofOps(where(ops, op => op.cluster === name)).size, 0)
  const repeated = ops.length - different
  return finding(
    ops.length > 0 && repeated === 0,
    'unknown',
    `${formatCount(repeated)} of ${plural(ops.length, 'operation')} with an id that another has`,
  )
}

function startEmpty({record, firstLoad, readsPrimary, readsStandby}: Facts): Finding {
  const reads = [readsPrimary, readsStandby].map(all => where(all, op => isOld(op) && op.seen !== null))
  const count = reads.reduce((sum, {length}) => sum + length, 0)
  const {primaryReadsPerSecond, standbyReadsPerSecond} = record.config.load
  if (count === 0 && primaryReadsPerSecond + standbyReadsPerSecond === 0) return null
  const sessions = groupByNumber(appendsOf(firstLoad), 'session')
  const firstMs = new Map([...sessions].map(([session, appends]) => [session, leastOf(appends, 'invokedMs')]))
  const isEarly = (op: ReadOp): boolean =>
    op.seen !== null && op.seen > 0 && op.completedMs < (firstMs.get(op.of) ?? Infinity)
  const early = reads.reduce((sum, of) => sum + countOf(of, isEarly), 0)
  return finding(
    count > 0 && early === 0,
    'unknown',
    `${formatCount(early)} of ${plural(count, 'read')} saw a version before one was written`,
  )
}

/** The events are of a run with other steps than the record names. */
function strayStep({record, events}: Facts): string | null {
  const {steps} = record.scenario
  const told = eventsOf(events, 'run.started')[0]?.steps.length ?? 0
  if (told > 0 && told !== steps.length)
    return `the run began with ${plural(told, 'step')}, and its scenario has ${steps.length}`
  const begun = eventsOf(events, 'step.started').map(({step}) => step)
  const repeated = begun.length - new Set(begun).size
  const beyond = begun.filter(step => step >= steps.length).length
  if (beyond > 0) return `${plural(beyond, 'step was', 'steps were')} begun that the scenario does not have`
  return repeated > 0 ? `${plural(repeated, 'step was', 'steps were')} begun twice` : null
}

function eventsPresent({events}: Facts): Finding {
  const watched = events.some(
    event => event.kind === 'cluster.observed' || event.kind === 'lease.changed' || event.kind === 'role.changed',
  )
  return finding(
    watched,
    'unknown',
    watched ? plural(events.length, 'event') : 'no event tells of the lease or of a member',
  )
}

const faultsText = (count: number): string => (count === 1 ? 'the fault' : `all ${count} faults`)
