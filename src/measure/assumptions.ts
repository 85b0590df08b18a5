// What must be true of a run before anything can be claimed from it. Invariant: an assumption is held or not (unknown),
// never a fail: these are faults of hl or of the host.
// Not here: claims about the cluster (claims.ts).
import {acknowledged} from '../model/history.ts'
import {stepOf} from '../model/scenario.ts'
import {isLate} from './counts.ts'
import {eventsOf} from './events-of.ts'
import {isOld, type Facts} from './facts.ts'
import {failedSteps} from './failed-steps.ts'
import {startedSteps} from './moments.ts'
import {asksForRecovery} from './recovery.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'

/** Fewer acknowledged writes before the fault make no baseline: at the default rate this is a fifth of a second. */
const baselineWritesMin = 20
/** Fewer than this in all, and a loss of some percent would be missed by chance. */
const writesMin = 50
/**
 * More late operations than this before the disturbance: the host cannot carry the load, and what follows is about the
 * host.
 */
const lateShareMax = 0.1
/**
 * Events come from several probes, which report when they are done: this much out of order is not a clock that went
 * back.
 */
const disorderMsMax = 100

export const assumptionCheckers: readonly Checker<Facts>[] = [
  ['load-before-fault', loadBeforeFault],
  ['load-before-disaster', loadBeforeDisaster],
  ['enough-writes', enoughWrites],
  ['load-on-time', loadOnTime],
  ['fault-seen', faultSeen],
  ['heal-seen', healSeen],
  ['disaster-happened', disasterHappened],
  ['steps-ran', stepsRan],
  ['clock-monotonic', clockMonotonic],
  ['ids-unique', idsUnique],
  ['start-empty', startEmpty],
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

function baseline({firstLoad}: Facts, untilMs: number, what: string): Finding {
  const before = firstLoad.filter(op => acknowledged(op) && op.completedMs <= untilMs).length
  return finding(
    before >= baselineWritesMin,
    'unknown',
    `${before} writes acknowledged before ${what}, at least ${baselineWritesMin} needed`,
  )
}

function enoughWrites({firstLoad}: Facts): Finding {
  const ok = firstLoad.filter(acknowledged).length
  return finding(ok >= writesMin, 'unknown', `${ok} writes acknowledged, at least ${writesMin} needed`)
}

/** Backups and copies before a recovery slow the host themselves; there it is a warning (load-late). */
function loadOnTime({record, writes, moments}: Facts): Finding {
  if (asksForRecovery(record.scenario.steps)) return null
  const before = writes.filter(op => moments.disturbedMs === null || op.dueMs <= moments.disturbedMs)
  const late = before.filter(isLate).length
  return finding(
    before.length > 0 && late <= lateShareMax * before.length,
    'unknown',
    `${late} of ${before.length} writes of the baseline were issued late, at most ${lateShareMax * 100} % may be`,
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
    unseen.length === 0 ? `the effect of ${begun.length} faults was seen` : `no effect seen of: ${unseen.join(', ')}`,
  )
}

/** A scenario without a fault owes the sight of none. */
function noFault({record}: Facts): Finding {
  return stepOf(record.scenario.steps, 'inject') === null ? null : {verdict: 'unknown', detail: 'no fault was injected'}
}

function healSeen(facts: Facts): Finding {
  const {events} = facts
  const commanded = new Set(eventsOf(events, 'fault.commanded').map(event => event.fault))
  if (commanded.size === 0) return noFault(facts)
  const healed = new Set(eventsOf(events, 'heal.verified').map(event => event.fault))
  const unhealed = [...commanded].filter(fault => !healed.has(fault))
  return finding(
    unhealed.length === 0,
    'unknown',
    unhealed.length === 0 ? `the heal of ${commanded.size} faults was seen` : `no heal seen of: ${unhealed.join(', ')}`,
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
  if (steps.length === 0) return null
  const started = startedSteps(record.scenario, events)
  const complete = byCluster !== null || wayBack !== null || started.length >= steps.length
  return finding(complete, 'unknown', `${started.length} of ${steps.length} steps were begun`)
}

function clockMonotonic({ops, events}: Facts): Finding {
  const backwards = ops.filter(op => !(op.completedMs >= op.invokedMs)).length
  const disorder = events.filter(
    (event, index) => event.atMs < (events[index - 1]?.atMs ?? -Infinity) - disorderMsMax,
  ).length
  return finding(
    ops.length + events.length > 0 && backwards === 0 && disorder === 0,
    'unknown',
    `${backwards} of ${ops.length} operations end before they begin, ${disorder} of ${events.length} events lie before their predecessor`,
  )
}

/** Each cluster's load counts for itself. */
function idsUnique({ops}: Facts): Finding {
  const repeated = ops.length - new Set(ops.map(op => `${op.cluster ?? ''} ${op.id}`)).size
  return finding(ops.length > 0 && repeated === 0, 'unknown', `${repeated} of ${ops.length} operations repeat an id`)
}

function startEmpty({record, firstLoad, readsPrimary, readsStandby}: Facts): Finding {
  const reads = [...readsPrimary, ...readsStandby].filter(op => isOld(op) && op.seen !== null)
  const {primaryReadsPerSecond, standbyReadsPerSecond} = record.config.load
  if (reads.length === 0 && primaryReadsPerSecond + standbyReadsPerSecond === 0) return null
  const firstMs = new Map<number, number>()
  for (const op of firstLoad)
    if (op.kind === 'append') firstMs.set(op.session, Math.min(op.invokedMs, firstMs.get(op.session) ?? Infinity))
  const early = reads.filter(
    op => op.seen !== null && op.seen > 0 && op.completedMs < (firstMs.get(op.of) ?? Infinity),
  ).length
  return finding(
    reads.length > 0 && early === 0,
    'unknown',
    `${early} of ${reads.length} reads saw a version before one was written`,
  )
}

function eventsPresent({events}: Facts): Finding {
  const watched = events.some(
    event => event.kind === 'cluster.observed' || event.kind === 'lease.changed' || event.kind === 'role.changed',
  )
  return finding(watched, 'unknown', watched ? `${events.length} events` : 'no event tells of the lease or of a member')
}
