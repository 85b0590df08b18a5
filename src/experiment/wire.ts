// The one place where the ports of an experiment meet their implementations.
import {faultAction} from '../faults/fault-action.ts'
import {hostSampler} from '../lab/host/host-sample.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {labObserver} from '../lab/observe/observe.ts'
import {createLoad} from '../load/load.ts'
import {createShardedLoad} from '../load/sharded/sharded-load.ts'
import type {Plan} from '../model/plan.ts'
import type {Clock, EventSink, HistorySink, Load} from '../model/ports.ts'
import type {Report, RunRecord} from '../model/report.ts'
import {poolOptions} from '../sharding/lab-shards.ts'
import {crossingPorts} from './crossing.ts'
import type {LabChoices} from './lab-choices.ts'
import {Moving} from './moving.ts'
import {seededRandom} from './random.ts'
import {recoveryPorts} from './recovery-ports.ts'
import {shardDeed} from './shard-deeds.ts'
import {staleClientPorts} from './stale.ts'
import type {World} from './world.ts'

export interface Wiring {
  readonly lab: ConnectedLab
  readonly plan: Plan
  readonly run: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly up: LabChoices
  readonly transient: boolean
  readonly note: (text: string) => void
  readonly earlier: () => readonly Report[]
  readonly emit: EventSink
  readonly onOp: HistorySink
  readonly save: (record: RunRecord) => void
}

export interface WiredWorld {
  readonly world: World
  /** Those that were made meanwhile. */
  readonly restoredLabs: () => readonly ConnectedLab[]
  /** Ends the connections that no step ended; never throws. */
  readonly close: () => Promise<void>
}

/** Everything one run needs from outside. */
export function wireWorld(wiring: Wiring): WiredWorld {
  const {lab, plan, run, clock, signal, up, transient, note, earlier, emit, onOp, save} = wiring
  const loadOf = (of: ConnectedLab, directTo: string | null, name: string, sink: HistorySink, told: EventSink): Load =>
    createLoad({
      endpoints: of.endpoints,
      secrets: of.secrets,
      load: plan.load,
      through: plan.through,
      directTo: plan.through === 'direct' ? directTo : null,
      run: name,
      clock,
      random: seededRandom(plan.seed + 1),
      onOp: sink,
      emit: told,
    })
  const otherShards = lab.clusters.map(({cluster}) => cluster).filter(({name}) => name !== lab.cluster.name)
  const made: ConnectedLab[] = []
  const recovery = recoveryPorts({
    lab,
    up,
    clock,
    note,
    scenario: plan.scenario.name,
    loadOf: (other, primary, suffix, sink) => loadOf(other, primary, `${run}${suffix}`, sink, restoredEvents(emit)),
    onOp,
    earlier,
    onLab: other => made.push(other),
  })
  return {
    restoredLabs: () => made,
    close: recovery.close,
    world: {
      cluster: lab.cluster,
      load:
        plan.scenario.sharded === undefined ? loadOf(lab, plan.directTo ?? null, run, onOp, emit) : shardedLoad(wiring),
      observer: labObserver(lab.clients, clock, hostSampler()),
      fault: (spec, targets) => faultAction(lab.cluster, spec, targets),
      recovery: recovery.ports,
      plant: what => shardDeed(what, {here: lab.cluster, there: otherShards[0] ?? null, run, clock, onOp}),
      crossing: crossingPorts({lab, run, clock, onOp}),
      moves: new Moving({lab, clock, emit}),
      staleClient: staleClientPorts({lab, run, clock, onOp}),
      otherShards,
      clock,
      emit,
      onOp,
      signal,
      transient,
      save,
    },
  }
}

/** To all shards of the lab. */
function shardedLoad({lab, plan, run, clock, onOp, emit}: Wiring): Load {
  return createShardedLoad({
    shards: lab.clusters.map(({cluster: {name}, endpoints}) => ({name, endpoints})),
    subject: lab.cluster.name,
    pool: poolOptions(lab, {user: 'hl_app', password: lab.secrets.app}),
    secrets: lab.secrets,
    load: plan.load,
    run,
    clock,
    random: seededRandom(plan.seed + 1),
    onOp,
    emit,
  })
}

/** Events of nodes bear no cluster: those of the restored one must not be taken for the first one's. */
function restoredEvents(emit: EventSink): EventSink {
  return event => {
    if (event.kind !== 'node.writable' && event.kind !== 'node.unwritable') emit(event)
  }
}
