// Puts the parts of a router together: who watches the cluster, who keeps connections, who picks, who dispatches.
// Invariant: nothing is asked of anybody before watch.start(). Not here: what an application sees (router.ts).
import type {EventEmitter} from 'node:events'
import type {ClientPorts} from './client/client-ports.ts'
import {NodePools} from './connections/node-pools.ts'
import {poolListener, type Emitter} from './connections/pool-listener.ts'
import {emitSafely} from './emit-safely.ts'
import {currentSession} from './freshness/session-scope.ts'
import type {Settings} from './options.ts'
import {Dispatcher} from './requests/dispatcher.ts'
import {InFlight} from './requests/in-flight.ts'
import {Picker} from './requests/picker.ts'
import {PlannedStatements} from './requests/planned-statements.ts'
import type {QuickPorts} from './requests/quick-try.ts'
import {noteCommit, noteSubmitted} from './requests/token-after.ts'
import type {RouterEvents} from './router-events.ts'
import {loadCatalogue, type FunctionCatalogue} from './statements/function-catalogue.ts'
import {Knowledge} from './statements/knowledge.ts'
import {Deadline} from './time/deadline.ts'
import {Wakeup} from './time/wakeup.ts'
import {chooseDiscovery} from './topology/choose-discovery.ts'
import {Watch, type Tell} from './topology/watch.ts'

export interface Parts {
  /** Woken when the topology changes. */
  readonly changed: Wakeup
  readonly pools: NodePools
  readonly watch: Watch
  readonly picker: Picker
  readonly dispatcher: Dispatcher
  readonly inFlight: InFlight
  readonly knowledge: Knowledge
  readonly statements: PlannedStatements
  readonly clientPorts: ClientPorts
}

/** `router` emits pg.Pool's own events, `events` the router's. */
export function assemble(settings: Settings, router: Emitter, events: EventEmitter<RouterEvents>): Parts {
  const tell: Tell = (name, payload) => emitSafely(events, name, payload)
  const hears = (name: keyof RouterEvents): boolean => events.listenerCount(name) > 0
  const {waitMs} = settings
  const changed = new Wakeup()
  const pools = new NodePools({
    pool: settings.pool,
    connectTimeoutMs: settings.connectTimeoutMs,
    natMap: settings.natMap,
    on: poolListener(router, () => watch.kick()),
  })
  const watch = watchOf(settings, pools, changed, tell)
  const picker = new Picker(settings, watch, tell)
  const inFlight = new InFlight()
  const dispatcher = new Dispatcher({watch, pools, picker, changed, inFlight, tell, hears}, settings)
  const knowledge = new Knowledge(() => askCatalogue(watch, pools, waitMs), tell)
  const served = servedTeller(tell, hears)
  const statements = new PlannedStatements(settings, knowledge, {dispatcher, pools, picker, inFlight, waitMs, served})
  const deadline = (): Deadline => new Deadline(settings.deadlineMs)
  const clientPorts: ClientPorts = {
    planOf: text => statements.planOf(text),
    read: (statement, values, prepared) => statements.read(statement, values, prepared),
    request: (call, plan) => statements.request(call, plan),
    bindRequest: (plan, onStandby, before) => statements.bindRequest(plan, onStandby, before),
    deadline,
    serve: (request, pinned) => dispatcher.serve(request, deadline(), pinned),
    committed: connection => noteCommit(currentSession(), connection, picker.everybody),
    submittedCommitted: (connection, isLast) => noteSubmitted(currentSession(), connection, picker.everybody, isLast),
    failed: (judgement, place) => dispatcher.noteFailure(judgement, place, currentSession()),
  }
  return {changed, pools, watch, picker, dispatcher, inFlight, knowledge, statements, clientPorts}
}

function watchOf({topology, pool, natMap}: Settings, pools: NodePools, changed: Wakeup, tell: Tell): Watch {
  const discover = chooseDiscovery(topology, ({node, host, port}) => ({...pool, ...natMap(node, host, port)}))
  return new Watch(topology, {tell, close: node => pools.close(node), changed}, discover)
}

function servedTeller(tell: Tell, hears: (name: keyof RouterEvents) => boolean): QuickPorts['served'] {
  return ({target: {node}, role}, {kind, reason}, ms) => {
    if (hears('served')) tell('served', {node, role, kind, reason, attempts: 1, ms})
  }
}

/** Of a database with very many functions and relations. */
const catalogueMostMs = 30_000

/** From a standby where there is one: nobody waits for the answer. */
async function askCatalogue(watch: Watch, pools: NodePools, waitMs: number): Promise<FunctionCatalogue> {
  const target = await watch.anyNode(waitMs)
  if (target === null) throw new Error('no server is known yet')
  return pools.apart(target, catalogueMostMs, async client => {
    // A standby has no serializable transactions, whatever is the default.
    await client.query(`SET default_transaction_isolation = 'read committed'`)
    return loadCatalogue(async text => (await client.query<Record<string, unknown>>(text)).rows)
  })
}
