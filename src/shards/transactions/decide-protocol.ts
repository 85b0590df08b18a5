// By which protocol a transaction over shards is committed, by what it did on each. Pure, a table of a few lines.
// Invariants: two shards that wrote are never committed one after the other; a part that failed ends all, and so do
// parts of which one has taken back what the others have. Not here: what a shard is asked to find out whether it wrote
// (shard-branch.ts), carrying it out (commit-branches.ts).
import {untiedError} from './judge-answer.ts'

export interface BranchState {
  readonly shard: string
  /** unused: nothing was sent. failed: the server refused something, or the connection broke. */
  readonly state: 'unused' | 'open' | 'failed'
  /** The transaction has an id there: it wrote, or locked rows. */
  readonly wrote: boolean
  readonly isSerializable: boolean
  /** Of writes that are tied to those of other shards; null: it has none to do with them. */
  readonly marks: string | null
  /** Of one that failed: why, where that was found just now; null: its statement told. */
  readonly error: unknown
}

export type CommitProtocol =
  | {readonly kind: 'abort'; readonly failed: readonly string[]; readonly error: unknown}
  | {readonly kind: 'end'; readonly readers: readonly string[]}
  | {
      readonly kind: 'one-phase'
      readonly writer: string
      readonly readers: readonly string[]
      readonly readersFirst: boolean
    }
  | {
      readonly kind: 'two-phase'
      readonly coordinator: string
      readonly participants: readonly string[]
      readonly readers: readonly string[]
      readonly readersFirst: boolean
    }

/**
 * In the order in which the shards were first used; the first that wrote is the coordinator.
 *
 * Shards that only read end after the writers have committed, so that a table lock taken there covers the writes.
 * Serializable ones end before: their COMMIT may still be refused ("Serializable Isolation Level": a reader's result is
 * valid only once it has committed).
 */
export function decideProtocol(branches: readonly BranchState[]): CommitProtocol {
  const failed = branches.filter(({state}) => state === 'failed')
  if (failed.length > 0)
    return {
      kind: 'abort',
      failed: failed.map(({shard}) => shard),
      error: failed.find(({error}) => error !== null)?.error ?? null,
    }
  const tied = branches.filter(({marks}) => marks !== null)
  if (new Set(tied.map(({marks}) => marks)).size > 1) {
    const shards = tied.map(({shard}) => shard)
    return {kind: 'abort', failed: shards, error: untiedError(shards)}
  }
  const open = branches.filter(({state}) => state === 'open')
  const [writer, ...others] = open.filter(({wrote}) => wrote).map(({shard}) => shard)
  const reading = open.filter(({wrote}) => !wrote)
  const readers = reading.map(({shard}) => shard)
  const readersFirst = reading.some(({isSerializable}) => isSerializable)
  if (writer === undefined) return {kind: 'end', readers}
  if (others.length === 0) return {kind: 'one-phase', writer, readers, readersFirst}
  return {kind: 'two-phase', coordinator: writer, participants: others, readers, readersFirst}
}
