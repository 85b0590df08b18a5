// What a recovery hangs on beside the disaster: its phases, the first write that ended it, and full redundancy.
// Invariant: found from events and operations alone; what nothing tells is null. Not here: what they add up to
// (rto.ts).
import {acknowledged, type TableWriteOp} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import type {RecoveryPhase} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {comesBackWhole, isWayBack, stepOf, type Disaster, type Step} from '../model/scenario.ts'
import {within} from './columns.ts'
import {eventsOf} from './events-of.ts'
import type {DisasterMoment} from './moments.ts'
import type {Sequence} from './sequence.ts'
import {longestOutage, unbrokenSince, type Attempt, type Outage, type OutageRule} from './outages.ts'

export interface Recovery {
  /** As they were told. */
  readonly phases: readonly RecoveryPhase[]
  /** The write that ends the RTO. */
  readonly firstWriteMs: number | null
  readonly redundantMs: number | null
}

export interface RecoveryInput {
  readonly steps: readonly Step[]
  readonly events: readonly RunEvent[]
  readonly disaster: DisasterMoment | null
  readonly rule: OutageRule
  /** Of the load that ran from the start, and its outages. */
  readonly attempts: Sequence<Attempt>
  readonly outages: readonly Outage[]
  /** Of the load on the cluster that came back. */
  readonly ownAttempts: Sequence<Attempt>
  readonly tableWrites: Sequence<TableWriteOp>
}

/** Does the scenario ask for a recovery? Then its RTO runs from the disaster. */
export function asksForRecovery(steps: readonly Step[]): boolean {
  return stepOf(steps, 'disaster') !== null || steps.some(isWayBack)
}

/** null where the scenario asks for none. */
export function recoveryOf(input: RecoveryInput): Recovery | null {
  if (!asksForRecovery(input.steps)) return null
  const firstMs = firstWriteMs(input)
  return {
    phases: eventsOf(input.events, 'recovery.phase').map(({phase, fromMs, atMs}) => ({
      name: phase,
      fromMs,
      toMs: atMs,
    })),
    firstWriteMs: firstMs,
    redundantMs: redundantMs(input, firstMs),
  }
}

/** A write from before the disaster is none of a cluster that came back. */
function firstWriteMs({steps, disaster, rule, attempts, outages, ownAttempts, tableWrites}: RecoveryInput) {
  const sinceMs = disaster?.commandedMs ?? -Infinity
  const later = (attempt: {readonly completedMs: number}): boolean => attempt.completedMs >= sinceMs
  if (comesBackWhole(steps)) return unbrokenSince(within(ownAttempts, 'completedMs', {from: sinceMs}), rule)
  if (endsWithTableWrite(steps)) return tableWrites.find(op => acknowledged(op) && later(op))?.completedMs ?? null
  if (disaster === null) return null
  const outage = longestOutage(outages, sinceMs)
  if (outage !== null) return outage.toMs
  return attempts.find(attempt => attempt.good && attempt.completedMs >= disaster.doneMs)?.completedMs ?? null
}

/** Does one write to a table that came back end the recovery? The load never stopped. */
export function endsWithTableWrite(steps: readonly Step[]): boolean {
  const kind = stepOf(steps, 'disaster')?.disaster.kind
  return !comesBackWhole(steps) && (kind === undefined || !stopsWrites(kind))
}

/** Otherwise the load goes on, and a write to the victim table ends the recovery. */
function stopsWrites(kind: Disaster['kind']): boolean {
  switch (kind) {
    case 'lose-primary-volume':
    case 'lose-cluster':
    case 'lose-shard':
      return true
    case 'drop-table':
    case 'update-without-where':
    case 'corrupt-page':
      return false
    default:
      return kind satisfies never
  }
}

/**
 * A cluster that goes on may have been whole until the way back took a node away, so there only what follows counts.
 */
function redundantMs({steps, events, disaster}: RecoveryInput, firstMs: number | null): number | null {
  const whole = comesBackWhole(steps)
  const sinceMs = whole ? (disaster?.commandedMs ?? -Infinity) : (firstMs ?? Infinity)
  const healthy = eventsOf(events, 'cluster.healthy').find(
    event => event.atMs >= sinceMs && (!whole || event.cluster === restoredCluster),
  )
  return healthy?.atMs ?? null
}
