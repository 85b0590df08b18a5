// What must be true of a run before anything can be claimed from it. Invariant: an assumption is held or not (unknown),
// never a fail: these are faults of hl or of the host.
// Not here: claims about the cluster (claims.ts).
import {acknowledged} from '../model/history.ts'
import {isLate} from './counts.ts'
import {eventsOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {failedSteps} from './failed-steps.ts'
import {startedSteps} from './moments.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'

/** Fewer acknowledged writes before the fault make no baseline: at the default rate this is a fifth of a second. */
export const baselineWritesMin = 20
/** Fewer than this in all, and a loss of some percent would be missed by chance. */
export const writesMin = 50
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
  ['enough-writes', enoughWrites],
  ['load-on-time', loadOnTime],
  ['fault-seen', faultSeen],
  ['heal-seen', healSeen],
  ['steps-ran', stepsRan],
  ['clock-monotonic', clockMonotonic],
  ['ids-unique', idsUnique],
  ['start-empty', startEmpty],
  ['events-present', eventsPresent],
]

function loadBeforeFault({writes, moments}: Facts): Finding {
  const {disturbedMs} = moments
  if (disturbedMs === null) return {verdict: 'pass', detail: 'nothing was disturbed'}
  const before = writes.filter(op => acknowledged(op) && op.completedMs <= disturbedMs).length
  return finding(
    before >= baselineWritesMin,
    'unknown',
    `${before} writes acknowledged before the disturbance, at least ${baselineWritesMin} needed`,
  )
}

function enoughWrites({writes}: Facts): Finding {
  const ok = writes.filter(acknowledged).length
  return finding(ok >= writesMin, 'unknown', `${ok} writes acknowledged, at least ${writesMin} needed`)
}

function loadOnTime({writes, moments}: Facts): Finding {
  const before = writes.filter(op => moments.disturbedMs === null || op.dueMs <= moments.disturbedMs)
  const late = before.filter(isLate).length
  return finding(
    late <= lateShareMax * before.length,
    'unknown',
    `${late} of ${before.length} writes of the baseline were issued late, at most ${lateShareMax * 100} % may be`,
  )
}

/** Every fault that was commanded, and every inject step that was begun. */
function begunFaults({record, events}: Facts): ReadonlySet<string> {
  const injects = startedSteps(record.scenario, events).flatMap(({step}) => (step.kind === 'inject' ? [step.id] : []))
  return new Set([...injects, ...eventsOf(events, 'fault.commanded').map(event => event.fault)])
}

function faultSeen(facts: Facts): Finding {
  const seen = new Set(eventsOf(facts.events, 'fault.verified').map(event => event.fault))
  const begun = [...begunFaults(facts)]
  const unseen = begun.filter(fault => !seen.has(fault))
  return finding(
    unseen.length === 0,
    'unknown',
    unseen.length === 0 ? `the effect of ${begun.length} faults was seen` : `no effect seen of: ${unseen.join(', ')}`,
  )
}

function healSeen({events}: Facts): Finding {
  const commanded = new Set(eventsOf(events, 'fault.commanded').map(event => event.fault))
  const healed = new Set(eventsOf(events, 'heal.verified').map(event => event.fault))
  const unhealed = [...commanded].filter(fault => !healed.has(fault))
  return finding(
    unhealed.length === 0,
    'unknown',
    unhealed.length === 0 ? `the heal of ${commanded.size} faults was seen` : `no heal seen of: ${unhealed.join(', ')}`,
  )
}

/** A failed wait or switchover is the cluster's answer and a claim (conditions-met); the run may end there. */
function stepsRan(facts: Facts): Finding {
  const {record, events} = facts
  const interrupted = eventsOf(events, 'run.interrupted')[0]
  if (interrupted !== undefined) return {verdict: 'unknown', detail: `interrupted by ${interrupted.signal}`}
  const started = startedSteps(record.scenario, events)
  const {byCluster, byUs} = failedSteps(facts)
  if (byUs !== null) return {verdict: 'unknown', detail: `step failed: ${byUs.label}: ${byUs.message}`}
  const complete = byCluster !== null || started.length >= record.scenario.steps.length
  return finding(complete, 'unknown', `${started.length} of ${record.scenario.steps.length} steps were begun`)
}

export function clockMonotonic({ops, events}: Pick<Facts, 'ops' | 'events'>): Finding {
  const backwards = ops.filter(op => !(op.completedMs >= op.invokedMs)).length
  const disorder = events.filter(
    (event, index) => event.atMs < (events[index - 1]?.atMs ?? -Infinity) - disorderMsMax,
  ).length
  return finding(
    backwards === 0 && disorder === 0,
    'unknown',
    `${backwards} operations end before they begin, ${disorder} events lie before their predecessor`,
  )
}

export function idsUnique({ops}: Pick<Facts, 'ops'>): Finding {
  const repeated = ops.length - new Set(ops.map(op => op.id)).size
  return finding(repeated === 0, 'unknown', `${repeated} operations repeat an id`)
}

function startEmpty({writes, readsPrimary, readsStandby}: Facts): Finding {
  const firstMs = new Map<number, number>()
  for (const op of writes)
    if (op.kind === 'append') firstMs.set(op.session, Math.min(op.invokedMs, firstMs.get(op.session) ?? Infinity))
  const early = [...readsPrimary, ...readsStandby].filter(
    op => op.seen !== null && op.seen > 0 && op.completedMs < (firstMs.get(op.of) ?? Infinity),
  ).length
  return finding(early === 0, 'unknown', `${early} reads saw a version before one was written`)
}

function eventsPresent({events}: Facts): Finding {
  const watched = events.some(
    event => event.kind === 'cluster.observed' || event.kind === 'lease.changed' || event.kind === 'role.changed',
  )
  return finding(watched, 'unknown', watched ? `${events.length} events` : 'no event tells of the lease or of a member')
}
