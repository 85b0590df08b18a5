// The errors of the library over shards. Invariants: a refusal leaves nothing half done; `outcome` says whether what
// was asked can have had an effect; the message says the cause and the way out. What a server refused is not one of
// these: that error is passed on as pg gave it, or is the cause.

/**
 * CONFIG_INVALID: the options cannot work. KEY_INVALID: a value is no key of that type. MAP_INVALID: no map, or not
 * each group exactly once. MOVED: the key lives elsewhere by now. QUARANTINED: a shard was set back behind the map.
 * WRONG_SHARD: a server is not the shard that it is configured as. UNSUPPORTED: the statement cannot be run over
 * shards. KEY_MISSING: a statement needs the key and has none. KEY_UPDATE: the key would move to another group.
 * TABLE_UNKNOWN: neither sharded nor a reference table. LIMIT_EXCEEDED: rows, memory or shards above a limit.
 * SHARD_FAILED: a shard did not answer as it must. TIMEOUT, ABORTED: no reply in time, or the caller gave up.
 * COMMIT_UNKNOWN: nobody can say whether it was committed. IN_DOUBT: prepared, and not decided. TRANSACTION_OPEN: a
 * statement opened or ended a transaction by itself. ENDED: end() was called. MIGRATION_REFUSED: the shards
 * are as they were; `detail.reason` says why. MOVE_REFUSED: nothing of it was changed; `detail.reason` says why.
 * MOVE_STOPPED: a move stands in `detail.phase`, from where it can go on or be undone. BARRIER_FAILED: no moment was
 * found at which nothing was decided on any shard; nothing is left of it.
 */
export type ShardErrorCode =
  | 'CONFIG_INVALID'
  | 'KEY_INVALID'
  | 'MAP_INVALID'
  | 'MOVED'
  | 'QUARANTINED'
  | 'WRONG_SHARD'
  | 'UNSUPPORTED'
  | 'KEY_MISSING'
  | 'KEY_UPDATE'
  | 'TABLE_UNKNOWN'
  | 'LIMIT_EXCEEDED'
  | 'SHARD_FAILED'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'COMMIT_UNKNOWN'
  | 'IN_DOUBT'
  | 'TRANSACTION_OPEN'
  | 'ENDED'
  | 'MIGRATION_REFUSED'
  | 'MOVE_REFUSED'
  | 'MOVE_STOPPED'
  | 'BARRIER_FAILED'

/** Surely without effect, or nobody can say. */
export type ShardOutcome = 'not-applied' | 'unknown'

/** What an error is made with beside its code and words. */
export interface ShardErrorDetails {
  /** The shard that it is about; default none. */
  readonly shard?: string | null
  /** More for programs: slot, group, epoch. */
  readonly detail?: Readonly<Record<string, unknown>>
  /** Default `not-applied`. */
  readonly outcome?: ShardOutcome
  /** What led to it. */
  readonly cause?: unknown
}

/** Why something over shards failed, and whether it can have had an effect. */
export class ShardError extends Error {
  /** What happened, for programs. */
  readonly code: ShardErrorCode
  /** The shard that it is about; null when it is about none, or about several. */
  readonly shard: string | null
  /** More for programs: slot, group, epoch; empty when there is nothing more. */
  readonly detail: Readonly<Record<string, unknown>>
  /** Whether it can have had an effect. */
  readonly outcome: ShardOutcome

  /** Made by the library; `message` says the cause and the way out. */
  constructor(
    code: ShardErrorCode,
    message: string,
    {shard = null, detail = {}, outcome = 'not-applied', cause}: ShardErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = 'ShardError'
    this.code = code
    this.shard = shard
    this.detail = detail
    this.outcome = outcome
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
