// The library's public face: `pg-highload-lab/shards`.
export {ShardedPool, type ShardedReadOptions} from './sharded-pool.ts'
export type {GatherLimits, ShardedPoolOptions, ShardPlace} from './options.ts'
export {ShardError, type ShardErrorCode, type ShardErrorDetails, type ShardOutcome} from './shard-error.ts'
export {KeyedShard, type KeyPlace} from './keyed-shard.ts'
export {ShardedClient} from './sharded-client.ts'
export type {ShardedTransactionClient} from './transaction-client.ts'
export type {ShardedResult, ShardRoute} from './sharded-result.ts'
export type {RouteExplanation} from './routing/explain-route.ts'
export type {RowStream} from './execute/stream-rows.ts'
export type {EveryOptions} from './execute/on-each-shard.ts'
export type {ShardedPoolEvents, ShardsRefusedEvent, ShardsServedEvent} from './sharded-events.ts'
export type {Shard} from './shard.ts'
export {keyTypeOf, type KeyType} from './keys/key-type.ts'
export {groupOf, slotOf} from './keys/slot.ts'
export {checkHash} from './keys/check-hash.ts'
export {buildMap, firstMap, withOwner, type Placement, type ShardMap} from './map/shard-map.ts'
export {installSchema, joinMap, writeMap, type MapServer} from './map/write-map.ts'
export {shardsSchema, type SchemaOptions} from './map/schema-sql.ts'
export {MapWatch, type MapWatchListener, type MapWatchOptions, type WatchedShard} from './map/map-watch.ts'
export type {LineClient, LineSource} from './map/source-line.ts'
export {
  lookAtRestored,
  quarantinedShards,
  reconcileShard,
  type ReconciledShard,
  type ReconcileOptions,
  type RestoredShard,
} from './map/reconcile-shard.ts'
export type {ReconcilePlan, ReconcileReason, ReconcileRefusal, ReconcileStep} from './map/plan-reconcile.ts'
export {markQuarantinedText} from './map/quarantine-sql.ts'
export {decideStanding, type Standing} from './map/decide-standing.ts'
export {
  readCatalog,
  readShardState,
  type CatalogMap,
  type GroupState,
  type ServerIdentity,
  type ShardState,
  type StateQuery,
} from './map/read-state.ts'
export {timeIdParts, timeIds, type TimeIdOptions, type TimeIdParts} from './ids/time-id.ts'
export {
  slotOfUuid,
  slotOfUuidSql,
  timeOfUuid,
  uuidSlotCheck,
  uuidSource,
  type UuidOptions,
  type UuidSource,
} from './ids/uuid.ts'
export {
  ShardTransactions,
  type ShardTransactionOptions,
  type ShardTransactionResult,
  type ShardTransactionsOptions,
} from './transactions/shard-transactions.ts'
export {ShardTransaction, type ShardClient, type ShardCommit} from './transactions/shard-transaction.ts'
export {
  listInDoubt,
  resolveInDoubt,
  type InDoubt,
  type InDoubtOptions,
  type Resolution,
  type ResolveOptions,
} from './transactions/recovery.ts'
export {checkWholeness} from './transactions/read-decisions.ts'
export type {HalfTransaction, Wholeness} from './transactions/judge-wholeness.ts'
export type {FinishTrouble} from './transactions/finisher.ts'
export {
  applyMigrations,
  migrationStatus,
  type ApplyOptions,
  type MigrationProgress,
  type MigrationsReport,
  type MigrationsStatus,
  type ShardReport,
} from './migrate/apply-migrations.ts'
export {maintainPartitions, type PartitionChanges, type ShardMaintenance} from './migrate/maintain-partitions.ts'
export {readMigrations} from './migrate/read-migrations.ts'
export type {Migration} from './migrate/migration-file.ts'
export type {MigrationFailure} from './migrate/migration-failure.ts'
export type {MigrationLimits} from './migrate/migration-limits.ts'
export type {MigrationTarget} from './migrate/migration-session.ts'
export {abortMove, checkMove, finishMove, resumeMove, rollBackMove, startMove, type MoveReport} from './move/moves.ts'
export {
  groupsOwnedBy,
  listMoves,
  pauseMove,
  unpauseMove,
  type ListedMove,
  type MoveRunner,
  type MoveSlot,
} from './move/list-moves.ts'
export {
  listBarriers,
  takeBarrier,
  type BarrierOptions,
  type BarrierServer,
  type ListedBarriers,
} from './barrier/barriers.ts'
export type {Barrier, BarrierPosition} from './barrier/barrier.ts'
export {compareMove, type MoveComparison} from './move/compare-move.ts'
export {copyReferences} from './move/reference-content.ts'
export {defaultMoveLimits, type MoveOptions, type MoveOrder} from './move/hold-move.ts'
export {measureGroups} from './move/measure-groups.ts'
export type {MoveLimits, MoveProgress} from './move/move-context.ts'
export type {MoveEffect} from './move/effect-sides.ts'
export {movePhases, type MoveGoal, type MovePhase} from './move/move-states.ts'
export {stepsAhead, waysOut, type StepAhead, type WayOut} from './move/steps-ahead.ts'
export type {MoveCluster, MoveServer} from './move/move-servers.ts'
export type {ThrottleLimits} from './move/decide-throttle.ts'
export type {Preflight, PreflightReason, PreflightRefusal} from './move/decide-preflight.ts'
export type {BalanceBy, GroupSize, MoveRequest} from './move/balance-task.ts'
export {
  assumedRates,
  planMoves,
  type MovePlan,
  type MoveRates,
  type PlannedMove,
  type ShardShare,
} from './move/plan-moves.ts'
