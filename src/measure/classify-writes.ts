// What became of each acknowledged write. Invariant: every acknowledged write is in exactly one class. Not here:
// unknown writes (ledger.ts), the verdict (claims.ts).
import {acknowledged} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import {isPointInTime, type Step} from '../model/scenario.ts'
import {where} from './columns.ts'
import type {DisasterMoment} from './moments.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'

/**
 * kept: there, as it must be. lost: acknowledged and gone. Of a point-in-time restore: missing: acknowledged before the
 * bad statement was sent and gone; beside: under way together with it, so either fate is right; collateral: sent after
 * its reply and gone, as a restore to before it does; kept-after: sent after its reply and yet there. own, own-lost:
 * acknowledged by the cluster that came back, and there or gone.
 */
export const writeClasses = [
  'kept',
  'lost',
  'missing',
  'beside',
  'collateral',
  'kept-after',
  'own',
  'own-lost',
] as const
export type WriteClass = (typeof writeClasses)[number]

/** What decides the class of a write. */
export interface ClassInput {
  readonly steps: readonly Step[]
  readonly disaster: DisasterMoment | null
}

export interface AcknowledgedWrites {
  readonly counts: Readonly<Record<WriteClass, number>>
  /** Owed and gone, oldest acknowledgement first; what a point-in-time restore is meant to take is not among them. */
  readonly lost: readonly ClientWrite[]
  /**
   * From the newest acknowledged write to the newest one that survived, in ms; of those at stake, and none of the
   * cluster that came back.
   */
  readonly behindMs: number
}

/** The class of one acknowledged write. */
export function classifyWrite(op: ClientWrite, present: boolean, {steps, disaster}: ClassInput): WriteClass {
  if (op.cluster === restoredCluster) return present ? 'own' : 'own-lost'
  if (disaster === null || !isPointInTime(steps)) return present ? 'kept' : 'lost'
  if (op.completedMs < disaster.commandedMs) return present ? 'kept' : 'missing'
  if (op.invokedMs <= disaster.doneMs) return 'beside'
  return present ? 'kept-after' : 'collateral'
}

/** `writes` in order of completion. */
export function classifyAcknowledged(
  writes: Sequence<ClientWrite>,
  survived: (op: ClientWrite) => boolean,
  input: ClassInput,
  isAtStake: (op: ClientWrite) => boolean = () => true,
): AcknowledgedWrites {
  const counts = Object.fromEntries(writeClasses.map(name => [name, 0])) as Record<WriteClass, number>
  const lost: ClientWrite[] = []
  let first: ClientWrite | null = null
  let newest: ClientWrite | null = null
  let survivor: ClientWrite | null = null
  for (const op of where(writes, acknowledged)) {
    const present = survived(op)
    const is = classifyWrite(op, present, input)
    counts[is] += 1
    if (is === 'lost' || is === 'missing' || is === 'own-lost') lost.push(op)
    if (op.cluster === restoredCluster || !isAtStake(op)) continue
    first ??= op
    newest = op
    if (present) survivor = op
  }
  return {counts, lost, behindMs: (newest?.completedMs ?? 0) - ((survivor ?? first)?.completedMs ?? 0)}
}
