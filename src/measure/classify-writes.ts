// What became of each acknowledged write. Invariant: every acknowledged write is in exactly one class. Not here:
// unknown writes (ledger.ts), the verdict (claims.ts).
import {acknowledged} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import {isPointInTime, type Step} from '../model/scenario.ts'
import type {DisasterMoment} from './moments.ts'
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
   * From the newest acknowledged write to the newest one that survived, in ms; those of the cluster that came back left
   * out.
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
  writes: readonly ClientWrite[],
  survived: (op: ClientWrite) => boolean,
  input: ClassInput,
): AcknowledgedWrites {
  const classed = writes.filter(acknowledged).map(op => ({op, is: classifyWrite(op, survived(op), input)}))
  const old = classed.filter(({is}) => is !== 'own' && is !== 'own-lost').map(({op}) => op)
  const newestMs = old.at(-1)?.completedMs ?? 0
  const survivorMs = old.findLast(survived)?.completedMs ?? old[0]?.completedMs ?? newestMs
  const count = (wanted: WriteClass): number => classed.filter(({is}) => is === wanted).length
  return {
    counts: {
      'kept': count('kept'),
      'lost': count('lost'),
      'missing': count('missing'),
      'beside': count('beside'),
      'collateral': count('collateral'),
      'kept-after': count('kept-after'),
      'own': count('own'),
      'own-lost': count('own-lost'),
    },
    lost: classed.filter(({is}) => is === 'lost' || is === 'missing' || is === 'own-lost').map(({op}) => op),
    behindMs: newestMs - survivorMs,
  }
}
