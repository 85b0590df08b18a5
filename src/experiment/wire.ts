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
  const otherShards = lab.clusters.map(({cluster}) => cluster).filter(({name}) => name !== lab.cluster.name)
  const made: ConnectedLab[] = []
  const recovery = recoveryPorts({
    lab,
    up,
    clock,
    note,
    scenario: plan.scenario.name,
    loadOf: (other, primary, suffix, sink) =>
      loadOn(other, wiring, {directTo: primary, run: `${run}${suffix}`, onOp: sink, emit: restoredEvents(emit)}),
    onOp,
    earlier,
    onLab: other => made.push(other),
  })
  return {
    restoredLabs: () => made,
    close: recovery.close,
    world: {
      cluster: lab.cluster,
      load: loadOn(lab, wiring, {directTo: plan.directTo ?? null, run, onOp, emit}),
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

interface LoadChoices extends Pick<Wiring, 'run' | 'onOp' | 'emit'> {
  /** Of a load that goes to one address. */
  readonly directTo: string | null
}

/** To the cluster of the lab that the run is about; of a scenario over shards to all of them. */
function loadOn(
  {cluster, clusters, endpoints, secrets}: ConnectedLab,
  {plan, clock}: Wiring,
  {directTo, ...told}: LoadChoices,
): Load {
  const common = {...told, secrets, load: plan.load, clock, random: seededRandom(plan.seed + 1)}
  const {scenario, through} = plan
  if (scenario.sharded === undefined)
    return createLoad({...common, endpoints, through, directTo: through === 'direct' ? directTo : null})
  return createShardedLoad({
    ...common,
    shards: clusters.map(shard => ({name: shard.cluster.name, endpoints: shard.endpoints})),
    subject: cluster.name,
    pool: poolOptions({clusters}, {user: 'hl_app', password: secrets.app}),
  })
}

/** Events of nodes bear no cluster: those of the restored one must not be taken for the first one's. */
function restoredEvents(emit: EventSink): EventSink {
  return event => {
    if (event.kind !== 'node.writable' && event.kind !== 'node.unwritable') emit(event)
  }
}
