// Every scenario that comes with the package, by name. Invariant: the only index; a scenario that is not here does not
// exist for help, completion or tests.
import type {Scenario} from '../src/model/scenario.ts'
import {controlLaggingStandby} from './failover/control-lagging-standby.ts'
import {controlSplitBrain} from './failover/control-split-brain.ts'
import {dcsLeaderCrash} from './failover/dcs-leader-crash.ts'
import {dcsQuorumLoss} from './failover/dcs-quorum-loss.ts'
import {fullStop} from './failover/full-stop.ts'
import {noFault} from './failover/no-fault.ts'
import {patroniCrash} from './failover/patroni-crash.ts'
import {postgresCrash} from './failover/postgres-crash.ts'
import {primaryAndDcsLeaderCrash} from './failover/primary-and-dcs-leader-crash.ts'
import {primaryCrash} from './failover/primary-crash.ts'
import {primaryCutFromDcsFailsafe} from './failover/primary-cut-from-dcs-failsafe.ts'
import {primaryCutFromDcs} from './failover/primary-cut-from-dcs.ts'
import {primaryFlap} from './failover/primary-flap.ts'
import {primaryIsolated} from './failover/primary-isolated.ts'
import {primaryPause} from './failover/primary-pause.ts'
import {shortFault} from './failover/short-fault.ts'
import {switchover} from './failover/switchover.ts'
import {syncStandbyCrash} from './failover/sync-standby-crash.ts'
import {acrossTimelines} from './recovery/across-timelines.ts'
import {archiveGap} from './recovery/archive-gap.ts'
import {badUpdate} from './recovery/bad-update.ts'
import {clusterLost} from './recovery/cluster-lost.ts'
import {controlByteFlipped} from './recovery/control-byte-flipped.ts'
import {controlOneEarly} from './recovery/control-one-early.ts'
import {controlOneLate} from './recovery/control-one-late.ts'
import {controlSegmentMissing} from './recovery/control-segment-missing.ts'
import {corruptPage} from './recovery/corrupt-page.ts'
import {delayedStandby} from './recovery/delayed-standby.ts'
import {droppedTable} from './recovery/dropped-table.ts'
import {failoverDuringBackup} from './recovery/failover-during-backup.ts'
import {oneTable} from './recovery/one-table.ts'
import {primaryVolumeLost} from './recovery/primary-volume-lost.ts'
import {restoredInPlace} from './recovery/restored-in-place.ts'
import {shardLost} from './recovery/shard-lost.ts'
import {shardsLost} from './recovery/shards-lost.ts'
import {wrongHost} from './recovery/wrong-host.ts'
import {shardRebalance} from './shards/shard-rebalance.ts'
import {shardDrain} from './shards/shard-drain.ts'
import {shardAdd} from './shards/shard-add.ts'
import {shardIsolate} from './shards/shard-isolate.ts'
import {moveSourceCrash} from './shards/move-source-crash.ts'
import {moveDestinationCrash} from './shards/move-destination-crash.ts'
import {moveCatalogDown} from './shards/move-catalog-down.ts'
import {moveAbortLate} from './shards/move-abort-late.ts'
import {moveRollback} from './shards/move-rollback.ts'
import {moveTwoEngineers} from './shards/move-two-engineers.ts'
import {staleClient} from './shards/stale-client.ts'
import {controlMoveRowLeft} from './shards/control-move-row-left.ts'
import {controlMoveRowChanged} from './shards/control-move-row-changed.ts'
import {controlMoveRowMissing} from './shards/control-move-row-missing.ts'
import {catalogLost} from './shards/catalog-lost.ts'
import {controlHalfTransaction} from './shards/control-half-transaction.ts'
import {controlRowMisplaced} from './shards/control-row-misplaced.ts'
import {coordinatorCrash} from './shards/coordinator-crash.ts'
import {hotUser} from './shards/hot-user.ts'
import {shardDownDuringScatter} from './shards/shard-down-during-scatter.ts'
import {shardPrimaryCrash} from './shards/shard-primary-crash.ts'

/** In the order in which `hl scenarios` lists them: plain first, controls last. */
export const failoverScenarios = {
  'primary-crash': primaryCrash,
  'postgres-crash': postgresCrash,
  'patroni-crash': patroniCrash,
  'primary-pause': primaryPause,
  'primary-isolated': primaryIsolated,
  'primary-cut-from-dcs': primaryCutFromDcs,
  'primary-cut-from-dcs-failsafe': primaryCutFromDcsFailsafe,
  'primary-flap': primaryFlap,
  'sync-standby-crash': syncStandbyCrash,
  'dcs-leader-crash': dcsLeaderCrash,
  'dcs-quorum-loss': dcsQuorumLoss,
  'primary-and-dcs-leader-crash': primaryAndDcsLeaderCrash,
  'full-stop': fullStop,
  switchover,
  'no-fault': noFault,
  'short-fault': shortFault,
  'control-lagging-standby': controlLaggingStandby,
  'control-split-brain': controlSplitBrain,
} as const satisfies Readonly<Record<string, Scenario & {kind: 'failover'}>>

/** Those that span the shards of a lab; `hl failover` runs them too. */
export const shardScenarios = {
  'shard-primary-crash': shardPrimaryCrash,
  'shard-down-during-scatter': shardDownDuringScatter,
  'catalog-lost': catalogLost,
  'coordinator-crash': coordinatorCrash,
  'hot-user': hotUser,
  'shard-rebalance': shardRebalance,
  'shard-drain': shardDrain,
  'shard-add': shardAdd,
  'shard-isolate': shardIsolate,
  'move-source-crash': moveSourceCrash,
  'move-destination-crash': moveDestinationCrash,
  'move-catalog-down': moveCatalogDown,
  'move-abort-late': moveAbortLate,
  'move-rollback': moveRollback,
  'move-two-engineers': moveTwoEngineers,
  'stale-client': staleClient,
  'control-row-misplaced': controlRowMisplaced,
  'control-half-transaction': controlHalfTransaction,
  'control-move-row-left': controlMoveRowLeft,
  'control-move-row-changed': controlMoveRowChanged,
  'control-move-row-missing': controlMoveRowMissing,
} as const satisfies Readonly<Record<string, Scenario & {kind: 'failover'; sharded: object}>>

/** The same of those that `hl drill` runs. */
export const recoveryScenarios = {
  'dropped-table': droppedTable,
  'bad-update': badUpdate,
  'restored-in-place': restoredInPlace,
  'one-table': oneTable,
  'delayed-standby': delayedStandby,
  'primary-volume-lost': primaryVolumeLost,
  'corrupt-page': corruptPage,
  'failover-during-backup': failoverDuringBackup,
  'across-timelines': acrossTimelines,
  'cluster-lost': clusterLost,
  'shards-lost': shardsLost,
  'shard-lost': shardLost,
  'archive-gap': archiveGap,
  'wrong-host': wrongHost,
  'control-one-late': controlOneLate,
  'control-one-early': controlOneEarly,
  'control-segment-missing': controlSegmentMissing,
  'control-byte-flipped': controlByteFlipped,
} as const satisfies Readonly<Record<string, Scenario & {kind: 'recovery'}>>

export const scenarios = {...failoverScenarios, ...shardScenarios, ...recoveryScenarios} as const

export type FailoverName = keyof typeof failoverScenarios
export type ShardName = keyof typeof shardScenarios
export type RecoveryName = keyof typeof recoveryScenarios
export type ScenarioName = keyof typeof scenarios

/** The names, typed, for flags and completion. */
export const failoverNames = Object.keys(failoverScenarios).filter(
  (name): name is FailoverName => name in failoverScenarios,
)
export const shardNames = Object.keys(shardScenarios).filter((name): name is ShardName => name in shardScenarios)
export const recoveryNames = Object.keys(recoveryScenarios).filter(
  (name): name is RecoveryName => name in recoveryScenarios,
)
export const scenarioNames: readonly ScenarioName[] = [...failoverNames, ...shardNames, ...recoveryNames]
