// Notes that the cluster is about to be disturbed: what conditions refer to, and that redundancy has to come back.
import type {Progress} from './progress.ts'
import type {Redundancy} from './redundancy.ts'

/** `ownerBefore`: who holds the lease now. */
export function disturb(
  {progress, redundancy}: {readonly progress: Progress; readonly redundancy: Redundancy},
  ownerBefore: string | null,
): void {
  progress.disturbance = {ownerBefore, verifiedMs: null}
  redundancy.lost()
}
