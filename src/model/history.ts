// Every operation of the load, with its outcome. Invariant: times are ms of the run's one monotonic clock; an outcome
// is never guessed upwards.
// Definitions: docs/measuring.md. Not here: how operations are issued (src/load) or judged (src/measure).

/**
 * ok: the reply to COMMIT was read. ok-local: committed, but the wait for synchronous replication was cancelled.
 * failed: surely not applied.
 * unknown: bytes were sent and no reply came.
 */
export type Outcome = 'ok' | 'ok-local' | 'failed' | 'unknown'

/** The code of an operation that was still under way at its deadline: nobody refused it, it hung. */
export const deadlineCode = 'DEADLINE'

interface OpBase {
  /** Which cluster served it: absent for the one that the run began with, `restored` for the one that came back. */
  readonly cluster?: string
  /** Of a load over shards: those that it went to, or was to go to, by name. */
  readonly shards?: readonly string[]
  /** The slot groups of its keys. */
  readonly groups?: readonly number[]
  /** Unique in the run and cluster. */
  readonly id: number
  /** When the open-loop schedule wanted it; late = invokedMs - dueMs. */
  readonly dueMs: number
  readonly invokedMs: number
  readonly completedMs: number
  readonly outcome: Outcome
  /** The node that served it and its timeline, where the reply said so. */
  readonly node: string | null
  readonly timeline: number | null
  readonly error: {readonly code: string | null; readonly message: string} | null
}

/** One row of the ledger: `version` rises by one with each append that a session issues. */
export interface AppendOp extends OpBase {
  readonly kind: 'append'
  readonly session: number
  readonly version: number
}

/** Moves `amount` from one account to another in one transaction; the total of all accounts never changes. */
export interface TransferOp extends OpBase {
  readonly kind: 'transfer'
  readonly from: number
  readonly to: number
  readonly amount: number
}

/** Reads the newest version of session `of`; `reader` is the session that asks. `seen` is null when the read failed. */
export interface ReadOp extends OpBase {
  readonly kind: 'read-primary' | 'read-standby'
  readonly reader: number
  readonly of: number
  readonly seen: number | null
}

/** A write on `pinnedTo` itself, never through the router. `lsn` is the node's insert position after the row. */
export interface PinnedWriteOp extends OpBase {
  readonly kind: 'pinned-write'
  readonly pinnedTo: string
  readonly lsn: string | null
}

/**
 * A write to a table that was brought back, or that a rebuilt node holds: it ends the RTO of a recovery in which the
 * load never stopped.
 */
export interface TableWriteOp extends OpBase {
  readonly kind: 'table-write'
  readonly table: string
}

/**
 * Counts the run's orders on all shards. `partial`: shards that are down may be left out, and then are `missing`, by
 * name. `seen` is null when the read failed.
 */
export interface ScatterReadOp extends OpBase {
  readonly kind: 'scatter-read'
  readonly partial: boolean
  readonly missing: readonly string[]
  readonly seen: number | null
}

export type Op = AppendOp | TransferOp | ReadOp | PinnedWriteOp | TableWriteOp | ScatterReadOp

/** What the primary of one shard held after the run, by its own word. */
export interface ShardFinal {
  readonly shard: string
  /** Slot groups that it says it owns. */
  readonly groupsOwned: readonly number[]
  /** Each sharded table: its rows, and those whose key PostgreSQL's hash puts into a group that is not owned here. */
  readonly tables: readonly {readonly table: string; readonly rows: number; readonly misplaced: number}[]
  /** Parts of transactions over shards that are prepared and not ended. */
  readonly prepared: readonly string[]
  /** Transfers of which the half that gives, or that takes, is here; with repeats. */
  readonly givenIds: readonly number[]
  readonly takenIds: readonly number[]
  /** Each member's own count and content hash of the run's rows. */
  readonly perNode: FinalState['perNode']
}

/** What every node held after the run, read after convergence. */
export interface FinalState {
  /**
   * False when the final read could not be done: every unknown is then unknowable and nothing can be said about loss.
   */
  readonly readable: boolean
  readonly primary: string | null
  readonly timeline: number | null
  /** Ids of ledger rows of this run on the primary, with repeats if an id is there twice. */
  readonly ledgerIds: readonly number[]
  readonly transferIds: readonly number[]
  readonly pinnedIds: readonly number[]
  readonly accountsTotal: number | null
  readonly accountsTotalExpected: number | null
  /** Each member's own count and content hash of the ledger; they must agree. */
  readonly perNode: readonly {readonly node: string; readonly rows: number; readonly hash: string}[]
  /** The history of timelines as the new primary tells it: where each one ended. */
  readonly switchPoints: readonly {readonly timeline: number; readonly lsn: string}[]
  /** Of a load over shards, each of them: the ids above are of all, the nodes of the one that steps are about. */
  readonly shards?: readonly ShardFinal[]
}

/**
 * An operation issued this much after it was due was not issued on time: ten times what a timer on a busy host is off.
 */
export const lateAfterMs = 100

/** Is this an acknowledged write? */
export function acknowledged(op: {readonly outcome: Outcome}): boolean {
  return op.outcome === 'ok' || op.outcome === 'ok-local'
}
