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
import {labObserver} from '../lab/observe/observe.ts'
import type {Clock, Observer} from '../model/ports.ts'
import type {RunRecord} from '../model/report.ts'
import {monotonicClock} from '../waiting/monotonic-clock.ts'
import {drawLabName, drawRunName, drawSeed} from './draw-name.ts'
import {readAppMigrations} from './read-migrations.ts'

export interface ClusterPorts {
  readonly docker: Docker
  readonly newClock: () => Clock
  readonly up: typeof bringUp
  readonly down: typeof takeDown
  /** Takes away what killed tests left. */
  readonly sweep: typeof takeDeadLabs
  readonly owner: (what: string) => Promise<Holder>
  readonly observer: (lab: ConnectedLab, clock: Clock) => Observer
  readonly host: () => Promise<RunRecord['host']>
  readonly readMigrations: typeof readAppMigrations
  readonly drawName: () => string
  readonly drawRun: () => string
  readonly drawSeed: () => number
}

export const realPorts: ClusterPorts = {
  docker,
  newClock: monotonicClock,
  up: bringUp,
  down: takeDown,
  sweep: takeDeadLabs,
  owner: thisProcess,
  observer: ({clients}, clock) => labObserver(clients, clock, hostSampler()),
  host: async () => hostFacts(docker),
  readMigrations: readAppMigrations,
  drawName: drawLabName,
  drawRun: drawRunName,
  drawSeed,
}
