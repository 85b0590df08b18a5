// What a recovery leaves in a run's record and report beside what every run has. Invariant: plain data; only additions
// within a schemaVersion. Moments are events and operations, never fields here. Definitions: docs/measuring.md.
import type {BackupRecord} from './backup.ts'
import type {FinalState} from './history.ts'
import type {Check} from './verdict.ts'

/**
 * The phases of a recovery, in the order in which they follow each other. `fail-over`: until another member took
 * writes; `create`: the new lab's containers, or the copy's;
 * `set-aside`: stopping a lab and moving its data aside; `fetch`: copying the base; `combine`: pg_combinebackup;
 * `compare`: the copy with its manifest; `locate`: finding the offending transaction in the copy and the WAL;
 * `bring-table`: from the copy into the running cluster; `take-over`: until Patroni has made the restored member the
 * primary;
 * `reconcile`: until a shard that came back alone is in line with the others;
 * `first-write`: until a client's write was acknowledged through the router, or on a table that came back, committed.
 */
export const recoveryPhaseNames = [
  'detect',
  'decide',
  'fail-over',
  'create',
  'set-aside',
  'fetch',
  'combine',
  'compare',
  'locate',
  'start',
  'consistent',
  'replay',
  'promote',
  'bring-table',
  'take-over',
  'reconcile',
  'first-write',
] as const
export type RecoveryPhaseName = (typeof recoveryPhaseNames)[number]

/**
 * The `cluster` of operations and events of the cluster that came back, new or in place; those of the one before have
 * none.
 */
export const restoredCluster = 'restored'

/** Where the restored cluster ended and what it was made of. */
export interface RestoreFacts {
  /** For people: `just before transaction 1234 committed at 0/15AC3540 (2026-11-24 10:00:00.123 UTC)`. */
  readonly target: string
  /** Which backup and why. */
  readonly why: string
  readonly chain: readonly BackupRecord[]
  readonly copiedBytes: number
  readonly replayedBytes: number
  /** The last position that was replayed, and the timeline that the restored cluster went on with. */
  readonly endLsn: string
  readonly timeline: number
  /** Learned from earlier runs; null when there was none. */
  readonly predictedMs: number | null
  /** Of one shard beside others: transactions of which they have their part and it has lost its own, by hl's count. */
  readonly halves?: number
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly next: readonly string[]
}

export interface RecoveryRecord {
  readonly restore: RestoreFacts | null
  readonly refusal: Refusal | null
  /**
   * What verification found of the restored cluster, of the lab after a refusal, or of the backups: pg_verifybackup,
   * checksums, pg_amcheck, the victim table …
   */
  readonly verification: readonly Check[]
  /** What the load after the restore wrote, as the restored cluster holds it; null where no such load ran. */
  readonly finalAfter: FinalState | null
}
