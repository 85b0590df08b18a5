// All that a drill needs from outside, as one value. Invariant: nothing in src/drill reaches the world by another way.
// Not here: who builds it (cli).
import type {BackupRecord} from '../model/backup.ts'
import type {
  Disaster,
  DrillPartName,
  DrillRecord,
  DrillStep,
  DrillTarget,
  RestoreFacts,
  Tampering,
} from '../model/drill.ts'
import type {FinalState} from '../model/history.ts'
import type {Clock, Cluster, EventSink, Load, Observer} from '../model/ports.ts'
import type {Check} from '../model/verdict.ts'
import type {OwnerSql} from './victim.ts'

/** A part of the way back that a restore went through. */
export type OnPhase = (
  name: Exclude<DrillPartName, 'detect' | 'fail-over' | 'first-write'>,
  fromMs: number,
  toMs: number,
) => void

/** What came back from the archive. */
export interface RestoredWorld {
  readonly cluster: Cluster
  readonly facts: RestoreFacts
  /** On its primary. */
  readonly sql: OwnerSql
  /** A load of its own, so that its rows are told from those of the load before the disaster. */
  readonly load: Load
  /** What that load was told last when a write failed; null while none has. */
  readonly lastError: () => string | null
  /** The rows of the load before the disaster, as the restored cluster holds them. */
  finalState(): Promise<FinalState>
  verify(): Promise<readonly Check[]>
  /** Starts the standbys and waits for full redundancy. */
  untilHealthy(): Promise<void>
}

/** A backup that the catalog lists, and whether what is stored is what its manifest says. */
export interface CheckedBackup {
  readonly id: string
  readonly ok: boolean
  readonly detail: string
}

export interface RestoreOrder {
  readonly target: DrillTarget
  readonly into: Extract<DrillStep, {readonly kind: 'restore'}>['into']
  readonly disaster: Disaster | null
  readonly tampering: Tampering | null
}

export interface DrillWorld {
  readonly cluster: Cluster
  readonly load: Load
  readonly observer: Observer
  readonly clock: Clock
  readonly emit: EventSink
  /** Aborted by Ctrl-C, with the signal's name as its reason. */
  readonly signal: AbortSignal
  /**
   * `rate` as pg_basebackup --max-rate takes it. Throws HlError (BACKUP_FAILED) when it did not come to a whole one.
   */
  readonly takeBackup: (kind: 'full' | 'incremental', rate?: string) => Promise<BackupRecord>
  /** Every backup that the catalog lists. */
  readonly checkBackups: () => Promise<readonly CheckedBackup[]>
  /** On the primary of the lab that is struck, as the owner of the schema. */
  readonly sql: OwnerSql
  /** Throws HlError where hl refuses, which some drills are about. `tampering`: what a control does to it. */
  readonly restore: (order: RestoreOrder, onPhase: OnPhase) => Promise<RestoredWorld>
  /** A recovery copy of the lab that follows its archive. */
  readonly delayedCopy: (delayMs: number) => Promise<string>
  /** The victim table back into the running cluster, from just before the disaster. */
  readonly recoverTable: (
    from: 'archive' | 'delayed-copy',
    disaster: Disaster,
    onPhase: OnPhase,
  ) => Promise<RestoreFacts>
  /** Of the lab that was struck, while it goes on. */
  readonly verify: () => Promise<readonly Check[]>
  readonly untilHealthy: () => Promise<void>
  /** Changes the archive, as a control wants it. */
  readonly tamper: (tampering: Tampering) => Promise<string>
  readonly save: (record: DrillRecord) => void
}
