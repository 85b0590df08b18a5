// Errors of the load with itself. PURE. Not here: errors of the cluster.
import {acknowledged, type Op} from '../model/history.ts'

/**
 * Two of the load's own transactions got in each other's way (serialization failure, deadlock): no word about the
 * cluster.
 */
export function isConflict(op: Pick<Op, 'outcome' | 'error'>): boolean {
  return op.outcome === 'failed' && (op.error?.code === '40001' || op.error?.code === '40P01')
}

/** Failed or unknown, and not a conflict of the load with itself. */
export function isWriteError(op: Pick<Op, 'outcome' | 'error'>): boolean {
  return !acknowledged(op) && !isConflict(op)
}
