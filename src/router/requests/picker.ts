// Which node gets a request: the primary, or the standby that the balance chooses among those that are fresh enough.
// Invariants: a standby is used only while its last word is fresh; a read that must see something goes to a standby
// that is known to show it, or is asked on the very connection that will serve the read.
// Not here: waiting and trying again (dispatcher.ts), the rules (freshness/, balance/).
import {chooseReplica, type Need} from '../balance/choose-replica.ts'
import {standingOf, type ReplicaFailure} from '../balance/ejection.ts'
import {abandoned, failed, finished, newReplica, type Replica} from '../balance/replica.ts'
import {askFor} from '../connections/ask-for.ts'
import type {Connection} from '../connections/connection.ts'
import type {PoolCounts} from '../connections/node-pool.ts'
import {decideFreshness, type Demand, type PresentTimeline} from '../freshness/decide-freshness.ts'
import {Session} from '../freshness/session.ts'
import {nowMs, type Deadline} from '../time/deadline.ts'
import {Wakeup} from '../time/wakeup.ts'
import {noTopology, type Target, type Topology} from '../topology/decide-primary.ts'
import {lagOf} from '../topology/primary-trace.ts'
import type {Tell, Watch} from '../topology/watch.ts'
import {nodeFacts, type NodeFacts} from './node-facts.ts'
import type {Request} from './request.ts'
import {servingReasons, type ServingReason} from './serving-reasons.ts'
import {isPoolFull} from './trail.ts'

export interface Pick {
  readonly target: Target
  readonly role: 'primary' | 'standby'
  /** null for the primary. */
  readonly replica: Replica | null
  /** Use it only when verified() says so: by its last sample it is not fresh enough. */
  readonly mustVerify: boolean
}

/** One node, and why it would or would not serve a statement now. */
export interface ExplainedNode extends NodeFacts, ServingReason {}

export interface PickerLimits {
  readonly lagBytesMax: number
  readonly lagMsMax: number
  readonly freshWaitMs: number
}

const replayed = `SELECT (pg_catalog.pg_last_wal_replay_lsn() - '0/0'::pg_catalog.pg_lsn)::pg_catalog.float8 AS position`
const verifyEveryMs = 2
const anything: Demand = {consistency: 'eventual', token: null, unplacedWrite: false}

export class Picker {
  /** The thread of all who have no session: they see what was written through this router. */
  readonly everybody = new Session()
  readonly #limits: PickerLimits
  readonly #watch: Watch
  readonly #tell: Tell
  #replicas: readonly Replica[] = []
  #targets: ReadonlyMap<string, Target> = new Map()
  #seen: Topology = noTopology
  #present: PresentTimeline | null = null
  /** What the choice under way demands: fields instead of a closure per read. */
  #demand: Demand = anything
  readonly #fresh = (replica: Replica): boolean => decideFreshness(this.#demand, this.#present, replica) === 'fresh'
  readonly #freshEnough: Need
  readonly #closeEnough: Need

  constructor(limits: PickerLimits, watch: Watch, tell: Tell) {
    this.#limits = limits
    this.#watch = watch
    this.#tell = tell
    this.#freshEnough = {limits, fresh: this.#fresh}
    this.#closeEnough = {limits, fresh: null}
  }

  /** A node for the next try, avoiding those in `tried` where there is a choice; null: wait. */
  pick(
    request: Asked<'from' | 'consistency' | 'session'>,
    tried: ReadonlySet<string> | null,
    now = nowMs(),
  ): Pick | null {
    const topology = this.#current()
    const {from, consistency} = request
    if (from === 'primary' || consistency === 'strict') return primaryOf(topology)
    this.#demand = this.#demandOf(request)
    const replica = this.#choose(this.#demand === anything ? this.#closeEnough : this.#freshEnough, tried, now)
    const primary = from === 'standby' ? null : primaryOf(topology)
    if (replica !== null && (primary === null || standingOf(replica, now) !== 'out'))
      return this.#standby(replica, false)
    // A session's token can be asked for on the standby itself; whether an unplaced write is there cannot.
    const behind =
      replica === null && request.session !== null && !this.#demand.unplacedWrite
        ? this.#choose(this.#closeEnough, tried, now)
        : null
    if (behind !== null && standingOf(behind, now) !== 'out') return this.#standby(behind, true)
    if (primary !== null) return primary
    const again =
      tried === null ? null : this.#choose(this.#demand === anything ? this.#closeEnough : this.#freshEnough, null, now)
    return again === null ? null : this.#standby(again, false)
  }

  #demandOf({consistency, session: own}: Asked<'consistency' | 'session'>): Demand {
    const session = own ?? this.everybody
    return consistency === 'eventual' || (session.token === null && session.lastWriteMs === null)
      ? anything
      : {consistency, token: session.token, unplacedWrite: session.lastWriteMs !== null}
  }

  /**
   * Asks the standby itself, for a little while, whether it shows what the session must see. Rejects as askFor() does.
   */
  async verified({replica, target}: Pick, {session}: Asked<'session'>, connection: Connection): Promise<boolean> {
    if (replica === null || session === null) return true
    const untilMs = nowMs() + this.#limits.freshWaitMs
    for (;;) {
      const {rows} = await askFor(connection, replayed, untilMs - nowMs())
      const position: unknown = rows[0]?.['position']
      if (typeof position !== 'number') return false
      const demand: Demand = {consistency: 'session', token: session.token, unplacedWrite: session.lastWriteMs !== null}
      if (replica.timeline === target.timeline) replica.position = Math.max(position, replica.position ?? 0)
      if (decideFreshness(demand, this.#present, {timeline: target.timeline, position}) === 'fresh') return true
      if (nowMs() >= untilMs) return false
      await new Wakeup().wait(never, verifyEveryMs)
    }
  }

  /** Is there a standby that may come to show what the request must see? No change of the topology tells that. */
  mayCatchUp({from, consistency}: Asked<'from' | 'consistency'>): boolean {
    return from !== 'primary' && consistency !== 'strict' && this.#replicas.length > 0
  }

  /** The topology by now; what is known of the standbys follows it. Cheap while nothing is new. */
  #current(): Topology {
    const topology = this.#watch.current()
    if (topology !== this.#seen) this.#follow(topology)
    return topology
  }

  #follow(topology: Topology): void {
    this.#seen = topology
    const {primary, standbys} = topology
    const trace = this.#watch.trace()
    if (trace.timeline !== null) this.#present = {timeline: trace.timeline, floor: trace.floor}
    if (primary !== null && primary.position !== null && this.everybody.lastWriteMs !== null)
      this.everybody.note({timeline: primary.timeline, position: primary.position}, primary.askedMs)
    const known = new Map(this.#replicas.map(replica => [replica.node, replica]))
    this.#targets = new Map(standbys.map(target => [target.node, target]))
    this.#replicas = standbys.map(({node, timeline, position, askedMs}) => {
      const replica = known.get(node) ?? newReplica(node)
      const lag = position === null || timeline !== trace.timeline ? null : lagOf(trace, position, askedMs)
      replica.timeline = timeline
      replica.position = position
      replica.lagBytes = lag?.bytes ?? Infinity
      replica.lagMs = lag?.ms ?? Infinity
      return replica
    })
  }

  /** A try on it has ended, well or with the connection broken. */
  ended(replica: Replica, {broken, abandoned: givenUp, ourFault}: Connection, {over}: Deadline, ms: number): void {
    if (!broken && !givenUp) this.served(replica, ms)
    else if (over === 'ABORTED' || ourFault) abandoned(replica)
    else this.failed(replica, over === 'DEADLINE' ? 'hang' : 'error', ms)
  }

  /** It answered, or refused for a reason of the statement's own. */
  served(replica: Replica, ms: number): void {
    const wasOut = replica.ejections > 0
    finished(replica, ms, nowMs())
    if (wasOut && replica.ejections === 0) this.#tell('replica-readmitted', {node: replica.node})
  }

  /** It failed to serve. */
  failed(replica: Replica, failure: ReplicaFailure, waitedMs: number): void {
    const before = replica.ejections
    failed(replica, failure, waitedMs, nowMs())
    if (replica.ejections > before)
      this.#tell('replica-ejected', {node: replica.node, forMs: replica.ejectedUntilMs - replica.ejectedAtMs})
  }

  /** There was no connection to it; that all were busy says nothing of the node. */
  notConnected(replica: Replica, cause: unknown, waitedMs: number): void {
    if (isPoolFull(cause)) abandoned(replica)
    else this.failed(replica, 'error', waitedMs)
  }

  facts(counts: (node: string) => PoolCounts): readonly NodeFacts[] {
    return nodeFacts(this.#current(), this.#replicas, counts, nowMs())
  }

  /** The same, with why each would or would not serve the request now. */
  explained(
    request: Asked<'kind' | 'from' | 'consistency' | 'session'>,
    counts: (node: string) => PoolCounts,
  ): readonly ExplainedNode[] {
    const facts = this.facts(counts)
    const {kind, from, consistency, session} = request
    const {primary, standbys} = servingReasons(
      {
        isRead: kind === 'read',
        from,
        demand: consistency === 'strict' ? {...anything, consistency} : this.#demandOf(request),
        hasSession: session !== null,
      },
      {
        hasPrimary: this.#seen.primary !== null,
        replicas: this.#replicas,
        present: this.#present,
        limits: this.#limits,
        nowMs: nowMs(),
      },
    )
    return facts.map(each => ({...each, ...(standbys.get(each.node) ?? primary)}))
  }

  #choose(need: Need, tried: ReadonlySet<string> | null, now: number): Replica | null {
    return chooseReplica(this.#replicas, need, tried, now, Math.random(), Math.random())
  }

  #standby(replica: Replica, mustVerify: boolean): Pick | null {
    const target = this.#targets.get(replica.node)
    return target === undefined ? null : {target, role: 'standby', replica, mustVerify}
  }
}

type Asked<Field extends keyof Request<unknown>> = {readonly [Key in Field]: Request<unknown>[Key]}

const never = new AbortController().signal

function primaryOf({primary}: Topology): Pick | null {
  return primary === null ? null : {target: primary, role: 'primary', replica: null, mustVerify: false}
}
