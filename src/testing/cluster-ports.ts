// The one place where what a test needs from outside meets its implementation.
import {docker} from '../lab/docker/local-docker.ts'
import type {Docker} from '../lab/docker/docker.ts'
import {hostFacts} from '../lab/host/host-facts.ts'
import {hostSampler} from '../lab/host/host-sample.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {takeDown} from '../lab/lifecycle/down-lab.ts'
import {takeDeadLabs} from '../lab/lifecycle/lab-owner.ts'
import {thisProcess, type Holder} from '../lab/lifecycle/lock.ts'
import {bringUp} from '../lab/lifecycle/up-lab.ts'
import {bringUpPrepared} from '../sharding/prepare-shards.ts'
import {appMigrations} from '../sharding/app-migrations.ts'
import {labObserver} from '../lab/observe/observe.ts'
import type {Clock, Observer, Random} from '../model/ports.ts'
import type {RunRecord} from '../model/report.ts'
import {monotonicClock} from '../waiting/monotonic-clock.ts'
import {chance, drawLabName, drawRunName, drawSeed} from './draw-name.ts'
import {testEnvironment, type TestEnvironment} from './from-environment.ts'
import {keepRun, keepStart} from './keep-run.ts'
import {readAppMigrations} from './read-migrations.ts'

export interface ClusterPorts {
  readonly docker: Docker
  readonly newClock: () => Clock
  readonly up: typeof bringUp
  readonly upShards: typeof bringUpPrepared
  readonly down: typeof takeDown
  /** Takes away what killed tests left. */
  readonly sweep: typeof takeDeadLabs
  readonly owner: (what: string) => Promise<Holder>
  readonly observer: (lab: ConnectedLab, clock: Clock) => Observer
  readonly host: () => Promise<RunRecord['host']>
  readonly readMigrations: typeof readAppMigrations
  readonly readShardMigrations: typeof appMigrations
  readonly keepRun: typeof keepRun
  readonly keepStart: typeof keepStart
  readonly drawName: () => string
  readonly drawRun: () => string
  readonly drawSeed: () => number
  readonly random: Random
  readonly environment: () => TestEnvironment
}

export const realPorts: ClusterPorts = {
  docker,
  newClock: monotonicClock,
  up: bringUp,
  upShards: bringUpPrepared,
  down: takeDown,
  sweep: takeDeadLabs,
  owner: thisProcess,
  observer: ({clients}, clock) => labObserver(clients, clock, hostSampler()),
  host: async () => hostFacts(docker),
  readMigrations: readAppMigrations,
  readShardMigrations: appMigrations,
  keepRun,
  keepStart,
  drawName: drawLabName,
  drawRun: drawRunName,
  drawSeed,
  random: chance,
  environment: testEnvironment,
}
