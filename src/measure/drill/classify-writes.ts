// What became of each acknowledged write in a drill. Invariant: every acknowledged write is in exactly one class. Not
// here: unknown writes (ledger.ts), the verdict (claims.ts).
import type {DrillRecord} from '../../model/drill.ts'
import {acknowledged} from '../../model/history.ts'
import type {ClientWrite} from '../sort-ops.ts'
import {isRewind} from './drill-steps.ts'

/**
 * kept: there, as it must be. lost: of a loss, acknowledged by the cluster that was lost, and gone. missing: of a
 * rewind, acknowledged before the bad statement was sent and gone.
 * beside: under way together with the bad statement, so either fate is right. collateral: sent after its reply and
 * gone, as a rewind does. kept-after: sent after its
 * reply and yet there. own, own-lost: acknowledged by the restored cluster itself, and there or gone.
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

export interface AcknowledgedCounts extends Readonly<Record<WriteClass, number>> {
  /**
   * From the newest acknowledged write to the newest one that survived, in ms; those of the restored cluster's own left
   * out.
   */
  readonly behindMs: number
}

export type ClassRecord = Pick<DrillRecord, 'disaster' | 'restore' | 'phases' | 'drill'>

/** The class of one acknowledged write. */
export function classifyWrite(op: ClientWrite, present: boolean, record: ClassRecord): WriteClass {
  if (isOwn(op, record)) return present ? 'own' : 'own-lost'
  const {disaster} = record
  if (disaster === null || !isRewind(record.drill.steps)) return present ? 'kept' : 'lost'
  if (op.completedMs < disaster.invokedMs) return present ? 'kept' : 'missing'
  if (op.invokedMs <= disaster.completedMs) return 'beside'
  return present ? 'kept-after' : 'collateral'
}

/**
 * Did the restored cluster acknowledge it? The timeline of the reply says so: a write that waited for the cluster was
 * sent before there was one, and beside a restore
 * into a new lab the old cluster may go on. Where the reply named none, it was sent after the promotion.
 */
function isOwn(op: ClientWrite, {disaster, restore, phases}: ClassRecord): boolean {
  if (op.timeline !== null && restore !== null)
    return op.timeline >= restore.timeline && op.completedMs > (disaster?.completedMs ?? -Infinity)
  const promotedMs = phases.findLast(phase => phase.name === 'promote')?.toMs ?? Infinity
  return op.invokedMs >= promotedMs
}

/** `writes` in order of completion. */
export function countAcknowledged(
  writes: readonly ClientWrite[],
  survived: (id: number) => boolean,
  record: ClassRecord,
): AcknowledgedCounts {
  const classed = writes.filter(acknowledged).map(op => ({op, is: classifyWrite(op, survived(op.id), record)}))
  const old = classed.filter(({is}) => is !== 'own' && is !== 'own-lost').map(({op}) => op)
  const newestMs = old.at(-1)?.completedMs ?? 0
  const survivorMs = old.findLast(op => survived(op.id))?.completedMs ?? old[0]?.completedMs ?? newestMs
  const count = (wanted: WriteClass): number => classed.filter(({is}) => is === wanted).length
  return {
    'kept': count('kept'),
    'lost': count('lost'),
    'missing': count('missing'),
    'beside': count('beside'),
    'collateral': count('collateral'),
    'kept-after': count('kept-after'),
    'own': count('own'),
    'own-lost': count('own-lost'),
    'behindMs': newestMs - survivorMs,
  }
}
