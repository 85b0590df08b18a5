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

/** In the order in which `hl scenarios` lists them: plain first, controls last. */
export const scenarios = {
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
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

/** The names, typed, for flags and completion. */
export const scenarioNames = Object.keys(scenarios).filter((name): name is ScenarioName => name in scenarios)
