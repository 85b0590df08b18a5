// One cluster of a test's lab: who is who, ways in, what can be broken in it. Invariant: what a call breaks is known
// until it was healed; the primary that is told without asking is the one that was last seen whole. Not here: the lab
// that it is part of (lab-handle.ts), faults (fault-desk.ts).
import type {InjectedFault} from '../experiment/inject-by-hand.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {switchOver, type SwitchedOver} from '../lab/lifecycle/switch-over.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import type {SqlRole} from '../lab/psql.ts'
import {openLabRouter} from '../load/open-lab-router.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import type {Step} from '../model/scenario.ts'
import {soleCluster, type ClusterState} from '../model/topology.ts'
import type {Router, RouterOptions} from '../router/index.ts'
import {keepDatabase, resetDatabase} from './app-database.ts'
import {askRows, nodeLog} from './ask-cluster.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import {accountOf, connectionString, type TestRole, type WayIn} from './connection-string.ts'
import {FaultDesk} from './fault-desk.ts'
import {faultOf, type FaultOptions} from './fault-words.ts'
import type {OneAtATime} from './one-at-a-time.ts'

/** One PostgreSQL of the cluster, at the address at which this process reaches it. */
export interface TestHost {
  /** Its name: `pg1`. */
  readonly node: string
  /** Its address. */
  readonly host: string
  /** Its port there. */
  readonly port: number
}

/** The rows of a statement, values in PostgreSQL's text form. */
export type TestRows = readonly Readonly<Record<string, string | null>>[]

export interface HandleOptions {
  /** At this cluster. */
  readonly lab: ConnectedLab
  /** When it was seen whole. */
  readonly primary: string
  readonly ports: ClusterPorts
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly line: OneAtATime
}

export class ClusterHandle {
  readonly lab: ConnectedLab
  readonly desk: FaultDesk
  readonly #ports: ClusterPorts
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #seen: {readonly primary: string; readonly standbys: readonly string[]}

  constructor({lab, primary, ports, clock, signal, line}: HandleOptions) {
    this.lab = lab
    this.#ports = ports
    this.#clock = clock
    this.#signal = signal
    this.#seen = this.#seenWith(primary)
    this.desk = new FaultDesk({docker: ports.docker, cluster: lab.cluster, clock, signal, line})
  }

  get cluster(): Cluster {
    return this.lab.cluster
  }

  connectionString(user: TestRole, way: WayIn): string {
    const {endpoints, secrets} = this.lab
    return connectionString({endpoints, secrets, ...this.#seen}, user, way)
  }

  hosts(): readonly TestHost[] {
    return Object.entries(this.lab.endpoints.postgres).map(([node, at]) => ({node, ...at}))
  }

  patroniUrls(): readonly string[] {
    return Object.values(this.lab.endpoints.rest).map(({host, port}) => `http://${host}:${port}`)
  }

  router(options: Partial<RouterOptions>): Router {
    const {endpoints, secrets} = this.lab
    return openLabRouter({endpoints, account: accountOf('app', secrets), options})
  }

  async psql(sql: string, {node, as}: {readonly node: string | undefined; readonly as: SqlRole}): Promise<TestRows> {
    const where = node ?? (await this.primary())
    return askRows(this.cluster, where, sql, {as, clock: this.#clock, signal: this.#signal})
  }

  /** LAB_UNHEALTHY when there is none. */
  async primary(): Promise<string> {
    const {lab, name} = this.cluster
    const {primary, lease} = await this.look()
    if (primary !== null) return primary
    const where = name === soleCluster ? '' : `of shard ${name} `
    throw new HlError(
      'LAB_UNHEALTHY',
      `no member ${where}takes writes now; ${lease.owner ?? 'nobody'} holds the lease`,
      {
        next: ['awaitHealthy() waits for one', hint('status', {lab})],
      },
    )
  }

  async standbys(): Promise<readonly string[]> {
    const {members} = await this.look()
    return members.flatMap(({name, role}) => (role === 'standby' || role === 'sync standby' ? [name] : []))
  }

  async logs(node: string): Promise<string> {
    return nodeLog(this.lab, node)
  }

  async inject(fault: string, options: FaultOptions): Promise<InjectedFault> {
    return this.desk.inject(faultOf(fault, options))
  }

  async switchover(to: string | null): Promise<SwitchedOver> {
    const {journal} = this.desk
    const clock = journal?.clock ?? this.#clock
    const work = async () => switchOver(this.#ports.docker, this.cluster, clock, to, this.#signal)
    const step: Step = to === null ? {kind: 'switchover'} : {kind: 'switchover', to: {select: 'named', name: to}}
    journal?.breaks(this.cluster.name)
    const done = journal === undefined ? await work() : await journal.step(step, 'switch over', 180_000, work)
    await this.#sawWhole(done.to)
    return done
  }

  /** Until it has done what it can by itself with its faults in place. */
  async awaitWayBack(withinMs: number): Promise<void> {
    await this.desk.awaitWayBack(withinMs)
  }

  /** Until every node is in place. */
  async awaitWhole(withinMs: number): Promise<void> {
    const clock = this.desk.journal?.clock ?? this.#clock
    await this.#sawWhole(await untilHealthy(this, clock, {withinMs, signal: this.#signal}))
  }

  async snapshot(): Promise<void> {
    await keepDatabase(this.cluster, await this.primary())
  }

  /** Of a cluster that was just seen whole. */
  async reset(): Promise<void> {
    await resetDatabase(this.cluster, this.#seen.primary)
  }

  async look(): Promise<ClusterState> {
    return this.cluster.state()
  }

  /** Where nobody is the primary, or nobody answers, the one that is known stays. */
  async lookAgain(): Promise<void> {
    const {primary} = await this.look().catch(() => ({primary: null}))
    if (primary !== null) this.#seen = this.#seenWith(primary)
  }

  async #sawWhole(primary: string): Promise<void> {
    this.#seen = this.#seenWith(primary)
    const {journal} = this.desk
    // The report is about one cluster.
    if (journal === undefined || (journal.broken[0] ?? this.cluster.name) !== this.cluster.name) return
    const atMs = journal.clock.nowMs()
    const {timeline} = await this.look()
    journal.emit({kind: 'cluster.healthy', atMs, timeline})
  }

  #seenWith(primary: string): {readonly primary: string; readonly standbys: readonly string[]} {
    return {primary, standbys: this.lab.cluster.members.filter(name => name !== primary)}
  }
}
