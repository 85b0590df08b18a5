// All that an experiment needs from outside, as one value. Invariant: nothing in src/experiment reaches the world by
// another way. Built in wire.ts and test/fakes.
import type {Fault} from '../faults/fault.ts'
import type {BackupRecord} from '../model/backup.ts'
import type {FinalState} from '../model/history.ts'
import type {Clock, Cluster, EventSink, HistorySink, Load, Observer} from '../model/ports.ts'
import type {RecoveryPhaseName, RestoreFacts} from '../model/recovery-record.ts'
import type {RunRecord} from '../model/report.ts'
import type {Disaster, FaultSpec, Plant, RecoveryTarget, Sabotage, StepOf} from '../model/scenario.ts'
import type {MoveStop, ShardMove} from '../model/shard-move.ts'
import type {Check} from '../model/verdict.ts'

/** One connection to the primary as the owner of the schema; answers with the first column of the first row. */
export type OwnerSql = (text: string) => Promise<string | null>

/** A backup that the catalog lists, and whether what is stored is what its manifest says. */
export interface CheckedBackup {
  readonly id: string
  readonly ok: boolean
  readonly detail: string
}

/** A phase that the recovery itself goes through. */
export type OnPhase = (
  phase: Exclude<RecoveryPhaseName, 'detect' | 'fail-over' | 'first-write'>,
  fromMs: number,
  toMs: number,
) => void

export interface RecoveryHooks {
  readonly onPhase: OnPhase
  readonly signal: AbortSignal
}

/** Containers and volumes by their names: of the lab that runs, and of the one that a restore would make beside it. */
export interface Footprint {
  readonly own: readonly string[]
  readonly restored: readonly string[]
}

export interface RestoreRequest {
  readonly target: RecoveryTarget
  readonly into: StepOf<'restore'>['into']
  readonly disaster: Disaster | null
  readonly sabotage: Sabotage | null
}

/** What came back from the archive: its primary takes writes. */
export interface RestoredCluster {
  readonly cluster: Cluster
  readonly facts: RestoreFacts
  readonly sql: OwnerSql
  /**
   * A load of its own, so that its rows are told from those of the load before; its operations are in the history as
   * those of the cluster `restored`.
   */
  readonly load: Load
  /** What that load was told last when an operation failed; null while none has. */
  readonly lastError: () => string | null
  readonly startStandbys: (signal: AbortSignal) => Promise<void>
  /** The rows of the load before, as this cluster holds them. */
  readonly finalState: () => Promise<FinalState>
  readonly verify: (signal: AbortSignal) => Promise<readonly Check[]>
}

/** Backups, and the ways back from the archive. */
export interface RecoveryPorts {
  /** On the primary of the cluster that the run began with. */
  readonly sql: OwnerSql
  /** `rate` as pg_basebackup --max-rate takes it. BACKUP_FAILED when it did not come to a whole one. */
  readonly takeBackup: (
    kind: 'full' | 'incremental',
    options: {readonly rate?: string; readonly signal: AbortSignal},
  ) => Promise<BackupRecord>
  /** Of each cluster of the lab, in order of their names. BACKUP_FAILED as takeBackup(). */
  readonly takeBackups: (kind: 'full' | 'incremental', signal: AbortSignal) => Promise<readonly BackupRecord[]>
  /** Over all shards of the lab, and the archive leads there. BARRIER_FAILED when none came about. */
  readonly takeBarrier: (signal: AbortSignal) => Promise<{readonly name: string; readonly heldMs: number}>
  /** Every backup that the catalog lists. */
  readonly checkBackups: () => Promise<readonly CheckedBackup[]>
  /** Changes the archive as a control wants it; what was done. */
  readonly sabotage: (sabotage: Sabotage, signal: AbortSignal) => Promise<string>
  /** Throws HlError where hl refuses, which some scenarios are about. */
  readonly restore: (request: RestoreRequest, hooks: RecoveryHooks) => Promise<RestoredCluster>
  readonly footprint: () => Promise<Footprint>
  /** Makes a recovery copy that follows the archive so long behind; where it stands. */
  readonly delayedCopy: (delayMs: number, signal: AbortSignal) => Promise<string>
  /** Brings the victim table back into the running cluster, as it was just before the disaster. */
  readonly recoverTable: (
    from: StepOf<'recover-table'>['from'],
    disaster: Disaster,
    hooks: RecoveryHooks,
  ) => Promise<RestoreFacts>
  /** Of the cluster that the run began with, while it goes on. */
  readonly verify: () => Promise<readonly Check[]>
}

/** What a control plants, and how it is taken away. */
export interface PlantedDeed {
  /** One sentence on what is there now. */
  readonly plant: () => Promise<string>
  /** No error when nothing is there. */
  readonly remove: () => Promise<void>
}

/** A transfer over two shards whose client stops in the middle of its commit. */
export interface CrossingPorts {
  /** Resolves once it has stopped; one sentence on what is prepared then. */
  readonly begin: (at: StepOf<'begin-commit'>['at']) => Promise<string>
  /** No error when there is no client. */
  readonly kill: () => Promise<void>
  /** Ends what is decided, once: what was done, and is something left that was not? */
  readonly resolve: () => Promise<{readonly left: boolean; readonly said: string}>
}

/** What a step that moves groups is told, and tells. */
export interface MovingHooks {
  /** Aborted when the step is over its deadline. */
  readonly signal: AbortSignal
  readonly see: (text: string) => void
}

/** Moves of groups between the shards of the lab; one at a time. Each resolves with one sentence. */
export interface MovingPorts {
  /** Resolves when it is held, or has come to where it rests. */
  readonly begin: (move: ShardMove, stopBefore: MoveStop | null, hooks: MovingHooks) => Promise<string>
  readonly goOn: (stopBefore: MoveStop | null, hooks: MovingHooks) => Promise<string>
  /** Rejects when the second one is let in. */
  readonly second: () => Promise<string>
  readonly end: (how: 'finish' | 'abort' | 'rollback', hooks: MovingHooks) => Promise<string>
  /** Ends what is under way, and brings each group back to where it was before the first move. */
  readonly restore: () => Promise<void>
}

/** A client that sleeps while groups move. */
export interface StaleClientPorts {
  readonly freeze: () => Promise<string>
  /** Rejects when a former owner took what it wrote. */
  readonly wake: () => Promise<string>
  readonly kill: () => Promise<void>
}

export interface World {
  readonly cluster: Cluster
  readonly load: Load
  readonly observer: Observer
  readonly fault: (spec: FaultSpec, targets: readonly string[]) => Fault
  readonly recovery: RecoveryPorts
  readonly plant: (what: Plant) => PlantedDeed
  readonly crossing: CrossingPorts
  readonly moves: MovingPorts
  readonly staleClient: StaleClientPorts
  /** Those of the lab that the run is not about. */
  readonly otherShards: readonly Pick<Cluster, 'name' | 'state' | 'members' | 'kill' | 'wipe' | 'destroy'>[]
  readonly clock: Clock
  readonly emit: EventSink
  /** For operations that no load issues. */
  readonly onOp: HistorySink
  /** Aborted by Ctrl-C, with the signal's name as its reason. */
  readonly signal: AbortSignal
  /** The lab is taken down after the run, so nobody waits for its redundancy after Ctrl-C. */
  readonly transient: boolean
  /** Asked before each step (`--interactive`); the load goes on meanwhile. */
  readonly beforeStep?: (label: string) => Promise<void>
  /** Keeps the record: once when the load is about to start, once at the end. */
  readonly save: (record: RunRecord) => void
}
