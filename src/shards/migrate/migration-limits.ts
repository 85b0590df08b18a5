// PURE: the deadlines of a run over the shards, and how often a migration that meets a lock is tried again. Not here:
// keeping them (migration-session.ts, run-migration.ts).

/** Bounds of what is waited for. */
export interface MigrationLimits {
  /** To connect to a target. */
  readonly connectMs: number
  /** For an answer to what this library asks by itself. */
  readonly replyMs: number
  /** For one try of one migration on one target. */
  readonly migrationMs: number
  /** How long a statement of a migration waits for a lock, and lets everybody wait who comes after it. */
  readonly lockMs: number
  /** Tries of one migration on one target, the first included. */
  readonly lockTries: number
  /** Between the first two tries; it doubles with each, up to `pauseMaxMs`. */
  readonly pauseMs: number
  /** The longest pause between two tries. */
  readonly pauseMaxMs: number
  /** For another run on the same target to end. */
  readonly runMs: number
}

/** About two minutes of tries, none of which holds up an application for more than two seconds. */
export const defaultLimits: MigrationLimits = {
  connectMs: 10_000,
  replyMs: 60_000,
  migrationMs: 600_000,
  lockMs: 2_000,
  lockTries: 15,
  pauseMs: 500,
  pauseMaxMs: 8_000,
  runMs: 30_000,
}

/** ms to wait after try number `tried`, from 1. */
export function pauseAfter(tried: number, {pauseMs, pauseMaxMs}: MigrationLimits): number {
  return Math.min(pauseMs * 2 ** (tried - 1), pauseMaxMs)
}
