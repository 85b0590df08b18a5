// Composition root: settings -> Docker, clock, lab, load, world. Invariant: the only place where ports meet their
// implementations.
import {dockerClient, runDocker} from '../src/lab/docker/docker.ts'
import type {Docker} from '../src/lab/docker/docker.ts'
import {connectLab} from '../src/lab/lifecycle/connect-lab.ts'
import type {ConnectedLab, ConnectOptions} from '../src/lab/lifecycle/connect-lab.ts'
import type {UpOptions} from '../src/lab/lifecycle/make-lab.ts'
import {hostSampler} from '../src/lab/host/host-sample.ts'
import {labObserver} from '../src/lab/observe/observe.ts'
import {faultAction} from '../src/faults/fault-action.ts'
import type {Settings} from '../src/config/fields.ts'
import type {Clock, EventSink, HistorySink} from '../src/model/ports.ts'
import type {Plan} from '../src/model/plan.ts'
import type {ClusterSettings} from '../src/model/topology.ts'
import type {RunRecord} from '../src/model/report.ts'
import {seededRandom} from '../src/experiment/random.ts'
import type {World} from '../src/experiment/world.ts'
import {createLoad} from '../src/load/load.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'

/** The docker client of this machine. */
export const docker: Docker = dockerClient(runDocker)

export function connectOptions(settings: Settings, clock: Clock = monotonicClock()): ConnectOptions {
  return {clock, ...(settings.reach === 'auto' ? {} : {reach: settings.reach})}
}

/** How to bring up the lab that the settings name. */
export function upOptions(settings: Settings, wanted: Partial<ClusterSettings>): UpOptions {
  return {
    ...connectOptions(settings),
    name: settings.lab,
    settings: wanted,
    ...(settings.archive === null ? {} : {archive: settings.archive}),
    ...(settings.encrypt === null ? {} : {encrypt: settings.encrypt}),
    ...(settings.portBase === null ? {} : {portBase: settings.portBase}),
  }
}

/** The lab that the settings name; LAB_MISSING when there is none. */
export async function openLab(settings: Settings): Promise<ConnectedLab> {
  return connectLab(docker, settings.lab, connectOptions(settings))
}

export interface Sinks {
  readonly emit: EventSink
  readonly onOp: HistorySink
  readonly save: (record: RunRecord) => void
}

/** Everything one run needs from outside. */
export function worldOf(
  lab: ConnectedLab,
  plan: Plan,
  run: string,
  clock: Clock,
  sinks: Sinks,
  signal: AbortSignal,
): World {
  const {cluster, endpoints, secrets, clients} = lab
  const {emit, onOp, save} = sinks
  const load = createLoad({
    endpoints,
    secrets,
    load: plan.load,
    through: plan.through,
    directTo: plan.directTo ?? null,
    run,
    clock,
    random: seededRandom(plan.seed + 1),
    onOp,
    emit,
  })
  return {
    cluster,
    load,
    observer: labObserver(clients, clock, hostSampler()),
    fault: (spec, targets) => faultAction(cluster, spec, targets),
    clock,
    emit,
    signal,
    save,
  }
}
