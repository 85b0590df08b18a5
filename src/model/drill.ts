// A drill: a disaster, a restore, and what it cost. Typed data for scenarios/recovery, what a drill's run folder holds,
// and the report object.
// Invariant: plain data; only additions within a schemaVersion. Definitions: docs/measuring.md, "Restore and drills".
// Not here: how a restore is done (src/backup).
import type {BackupRecord} from './backup.ts'
import type {FinalState} from './history.ts'
import type {EffectiveConfig, HostFacts, TimelinePoint, Warning} from './report.ts'
import type {RunEvent} from './run-event.ts'
import type {LoadSpec} from './scenario.ts'
import type {Check, Verdict} from './verdict.ts'
import type {ArchiveMode} from './backup.ts'

/**
 * What goes wrong. The victim table is a table of the drill's own with rows, an index and a sequence; the ledger is
 * what the load writes.
 */
export type Disaster =
  | {readonly kind: 'drop-table'}
  | {readonly kind: 'update-without-where'}
  /** The primary is killed and everything on its volume is gone. */
  | {readonly kind: 'lose-primary-volume'}
  /** A byte of a page of the victim table changes on the primary's disk, beside PostgreSQL. */
  | {readonly kind: 'corrupt-page'}
  /** All members, their volumes and the DCS are gone at one moment: only the archive is left. */
  | {readonly kind: 'lose-cluster'}

/**
 * Where the restore is to end: just before the disaster, found in the WAL by hl itself, or as far as the archive goes.
 */
export type DrillTarget = 'before-disaster' | 'latest'

/** What a control does to the restore or to the archive, so that verification must say no. */
export type Tampering =
  /** The bad transaction is restored too. */
  | {readonly kind: 'one-late'}
  /** One good transaction before it is left out. */
  | {readonly kind: 'one-early'}
  /** `after-plan`: the plan was sound; the archive loses the segment while it is carried out. */
  | {readonly kind: 'segment-missing'; readonly when: 'before-plan' | 'after-plan'}
  | {readonly kind: 'byte-flipped'}

export type DrillStep =
  | {readonly kind: 'hold'; readonly forMs: number; readonly as: 'baseline' | 'aftermath'}
  | {readonly kind: 'backup'; readonly backup: 'full' | 'incremental'}
  /**
   * A full backup of a standby that copies files when the primary is killed. It may fail by name, and may not be listed
   * then; the next one must work.
   */
  | {readonly kind: 'backup-during-failover'}
  /** A recovery copy that follows the archive, so long behind. */
  | {readonly kind: 'delayed-copy'; readonly delayMs: number}
  | {readonly kind: 'switchover'}
  | {readonly kind: 'disaster'; readonly disaster: Disaster}
  | {readonly kind: 'tamper'; readonly tampering: Tampering}
  | {readonly kind: 'restore'; readonly target: DrillTarget; readonly into: 'new-lab' | 'in-place' | 'running-lab'}
  /**
   * The victim table alone, out of a copy that is made for it or one that followed with a delay; the cluster goes on.
   */
  | {readonly kind: 'recover-table'; readonly from: 'archive' | 'delayed-copy'}
  /** The cluster goes on from the members that are well; the one that was struck is made anew. */
  | {readonly kind: 'repair'}

/** What a drill owes. An absent field is not judged. */
export interface DrillObjectives {
  readonly rtoMsMax?: number
  /** Acknowledged before the disaster and missing afterwards: RPO of a loss, precision of a rewind. */
  readonly lostWritesMax?: number
  readonly collateralMax?: number
}

export interface Drill {
  readonly name: string
  readonly kind: 'restore'
  readonly summary: string
  readonly expectation: string
  /**
   * `refusal`: hl must refuse to restore, with this code and these words, and change nothing. `control`: verification
   * must reject the restore, by the checks named.
   */
  readonly nature: 'drill' | 'refusal' | 'control'
  readonly mustFail?: readonly string[]
  readonly refusedWith?: string
  /**
   * What the refusal must say, as the source of a regular expression: a code has many causes, and only one of them is
   * what the drill is about.
   */
  readonly refusedSaying?: string
  readonly archive: Exclude<ArchiveMode, 'none'>
  readonly load: Partial<LoadSpec>
  readonly steps: readonly DrillStep[]
  readonly objectives: DrillObjectives
}

/**
 * In the order in which they follow each other. `fail-over`: until another member took writes; `create`: the new lab's
 * containers, or the copy's; `set-aside`: stopping a lab and moving its data
 * aside; `fetch`: copying the base; `combine`: pg_combinebackup; `compare`: the copy with its manifest; `locate`:
 * finding the bad transaction in the copy and the WAL; `bring-table`: from
 * the copy into the running cluster; `take-over`: until Patroni has made the restored member the primary;
 * `first-write`: until a client's write was acknowledged through the router,
 * or on a table that came back, committed.
 */
export const drillPartNames = [
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
  'first-write',
] as const
export type DrillPartName = (typeof drillPartNames)[number]

/** One part as it was measured, ms of the run's clock. */
export interface DrillPhase {
  readonly name: DrillPartName
  readonly fromMs: number
  readonly toMs: number
}

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
  /** Learned from earlier drills; null when there was none. */
  readonly predictedMs: number | null
}

/** What a drill's run folder holds besides events.ndjson and history.ndjson: enough to judge it again. */
export interface DrillRecord {
  readonly schemaVersion: 1
  readonly run: string
  readonly drill: Drill
  readonly seed: number
  readonly startedAt: string
  readonly config: EffectiveConfig
  readonly host: Pick<HostFacts, 'cpus' | 'memoryMb' | 'os' | 'docker'>
  /**
   * ms of the run's clock: the bad statement was sent and had its answer, or the loss was commanded and seen. null: it
   * never came to that.
   */
  readonly disaster: {
    readonly describe: string
    readonly invokedMs: number
    readonly completedMs: number
    readonly atLsn: string | null
  } | null
  readonly phases: readonly DrillPhase[]
  /**
   * The first write that a client had acknowledged by the restored cluster through the router, and when it was fully
   * redundant.
   */
  readonly firstWriteMs: number | null
  readonly redundantMs: number | null
  readonly restore: RestoreFacts | null
  readonly refusal: {readonly code: string; readonly message: string; readonly next: readonly string[]} | null
  /** What verification of the restored cluster found: pg_verifybackup, checksums, pg_amcheck, the victim table … */
  readonly verification: readonly Check[]
  /** What the restored cluster held. null: nothing was restored. */
  readonly final: FinalState | null
}

/** A moment for the charts. `text`: for people, without the time. */
export interface DrillMark {
  readonly what: 'backup' | 'disaster' | 'restore' | 'first-write' | 'redundant'
  readonly atMs: number
  readonly text: string
}

export interface DrillReport {
  readonly schemaVersion: 1
  readonly run: string
  readonly command: 'drill'
  readonly scenario: string
  readonly summary: string
  readonly nature: Drill['nature']
  /** Controls and refusals: did what must say no say no, and nothing else? */
  readonly controlHeld: boolean | null
  readonly seed: number
  readonly startedAt: string
  readonly verdict: Verdict
  /** From the disaster to the first acknowledged write through the router. */
  readonly rto: {
    readonly ms: number | null
    readonly recovered: boolean
    readonly parts: readonly {readonly name: DrillPartName | 'unattributed'; readonly ms: number}[]
    readonly timeToRedundancyMs: number | null
    readonly predictedMs: number | null
  } | null
  /**
   * Of a loss: acknowledged and not recovered. Of a rewind: null, since what came after the bad statement is meant to
   * go.
   */
  readonly rpo: {
    readonly transactions: number
    readonly seconds: number
    readonly bytes: number | null
    readonly acknowledgedPerSecond: number
  } | null
  /**
   * Of a rewind: good writes before the bad statement that are missing (must be 0), those that were under way beside
   * it, and those after it that the rewind lost.
   */
  readonly rewind: {
    readonly missing: number
    readonly beside: number
    readonly collateral: number
    readonly keptAfter: number
  } | null
  readonly writes: {
    readonly attempted: number
    readonly acknowledged: number
    readonly failed: number
    readonly unknown: {readonly found: number; readonly absent: number; readonly unknowable: number}
    readonly lost: number
    readonly duplicated: number
    readonly phantom: number
  }
  readonly restore: RestoreFacts | null
  readonly refusal: DrillRecord['refusal']
  readonly checks: readonly Check[]
  readonly objectives: readonly {
    readonly name: keyof DrillObjectives
    readonly limit: number
    readonly actual: number | null
    readonly met: boolean
  }[]
  readonly warnings: readonly Warning[]
  /** As they were measured; the parts of the RTO are these, cut to it. */
  readonly phases: readonly DrillPhase[]
  readonly marks: readonly DrillMark[]
  readonly timeline: readonly TimelinePoint[]
  readonly events: readonly RunEvent[]
  readonly config: EffectiveConfig
  readonly host: HostFacts
  readonly files: Readonly<Record<string, string>>
}
