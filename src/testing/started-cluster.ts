// A cluster that runs for a test: who is who, ways in, what can be broken, what it cost a service. Invariant: it holds
// no lock between two calls, so that `hl status --lab <name>` and the rest work on it too; what a call breaks is known
// until it was healed; stop() takes everything away, once, whatever state it is in. Not here: making it
// (start-cluster.ts), faults (fault-desk.ts), measuring (measure-requests.ts).
import {runExperiment} from '../experiment/run-experiment.ts'
import type {InjectedFault} from '../experiment/inject-by-hand.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {switchOver, type SwitchedOver} from '../lab/lifecycle/switch-over.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import type {SqlRole} from '../lab/psql.ts'
import {openLabRouter} from '../load/open-lab-router.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import type {Report} from '../model/report.ts'
import type {Scenario, Step} from '../model/scenario.ts'
import type {ClusterState} from '../model/topology.ts'
import type {Router, RouterOptions} from '../router/index.ts'
import {resetDatabase, keepDatabase} from './app-database.ts'
import {askRows, nodeLog} from './ask-cluster.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import {accountOf, connectionString, type TestRole, type WayIn} from './connection-string.ts'
import {durationMs, type Duration} from './duration.ts'
import {FaultDesk} from './fault-desk.ts'
import {faultOf, type FaultOptions} from './fault-words.ts'
import {Journal} from './journal.ts'
import {measureRequests, type MeasureOptions} from './measure-requests.ts'
import type {MeasuredReport} from './measured-report.ts'
import {testScenario} from './test-scenario.ts'

/** One PostgreSQL of the cluster, at the address at which this process reaches it. */
export interface TestHost {
  /** Its name: `pg1`. */
  readonly node: string
  /** Its address. */
  readonly host: string
  /** Its port there. */
  readonly port: number
}

/** How a scenario is run. */
export interface RunScenarioOptions {
  /** Draws the moment of the fault; drawn by chance unless told, and in the report. */
  readonly seed?: number
  /** Where the run's folder is made; `.hl/runs` unless told. */
  readonly runs?: string
}

export interface StartedOptions {
  readonly lab: ConnectedLab
  /** The primary when it was seen healthy. */
  readonly primary: string
  readonly ports: ClusterPorts
  /** It goes at the end: it was made for this test. */
  readonly isOwn: boolean
}

const healthyWithin: Duration = '2m'

/** A cluster that runs. Made by `PatroniCluster.start()`. */
export class StartedPatroniCluster implements AsyncDisposable {
  /** Of the lab, for `hl status --lab <name>`. */
  readonly name: string
  readonly #lab: ConnectedLab
  readonly #ports: ClusterPorts
  readonly #isOwn: boolean
  readonly #ending = new AbortController()
  readonly #desk: FaultDesk
  readonly #clock: Clock
  #state: {readonly primary: string; readonly standbys: readonly string[]}
  #stopped: Promise<void> | null = null

  /** Made by `PatroniCluster.start()`. */
  constructor({lab, primary, ports, isOwn}: StartedOptions) {
    const {cluster} = lab
    this.name = cluster.lab
    this.#lab = lab
    this.#ports = ports
    this.#isOwn = isOwn
    this.#clock = ports.newClock()
    this.#state = {primary, standbys: cluster.members.filter(name => name !== primary)}
    const signal = this.#ending.signal
    this.#desk = new FaultDesk({docker: ports.docker, cluster, clock: this.#clock, signal})
  }

  /**
   * A URL for a driver. `role`: `primary` (unless told) is the node that was the primary when the cluster was last seen
   * whole, `standby` the first of the others, `all` every node with target_session_attrs, as libpq has it. `node`: that
   * one.
   */
  connectionString(user: TestRole = 'app', way: WayIn = {}): string {
    const {endpoints, secrets} = this.#whole()
    return connectionString({endpoints, secrets, ...this.#state}, user, way)
  }

  /** Every PostgreSQL, with its address. */
  hosts(): readonly TestHost[] {
    return Object.entries(this.#whole().endpoints.postgres).map(([node, at]) => ({node, ...at}))
  }

  /** The REST API of each Patroni. */
  patroniUrls(): readonly string[] {
    return Object.values(this.#whole().endpoints.rest).map(({host, port}) => `http://${host}:${port}`)
  }

  /** A pool that follows the primary; the caller ends it. Options are those of `pg-highload-lab/router`. */
  router(options: Partial<RouterOptions> = {}): Router {
    const {endpoints, secrets} = this.#whole()
    return openLabRouter({endpoints, account: accountOf('app', secrets), options})
  }

  /** One statement, as the superuser on the primary unless told; its rows, values in PostgreSQL's text form. */
  async psql(
    sql: string,
    {node, as = 'postgres'}: {readonly node?: string; readonly as?: SqlRole} = {},
  ): Promise<readonly Readonly<Record<string, string | null>>[]> {
    const {cluster} = this.#whole()
    const where = node ?? (await this.primary())
    return askRows(cluster, where, sql, {as, clock: this.#clock, signal: this.#ending.signal})
  }

  /** The node that takes writes now. LAB_UNHEALTHY when there is none. */
  async primary(): Promise<string> {
    const {primary, lease} = await this.#look()
    if (primary !== null) return primary
    throw new HlError('LAB_UNHEALTHY', `no member takes writes now; ${lease.owner ?? 'nobody'} holds the lease`, {
      next: ['awaitHealthy() waits for one', hint('status', {lab: this.name})],
    })
  }

  /** The nodes that answer as standbys now. */
  async standbys(): Promise<readonly string[]> {
    const {members} = await this.#look()
    return members.flatMap(({name, role}) => (role === 'standby' || role === 'sync standby' ? [name] : []))
  }

  /** What a node has logged, Patroni and PostgreSQL in one. NODE_UNKNOWN. */
  async logs(node: string): Promise<string> {
    return nodeLog(this.#whole(), node)
  }

  /**
   * Breaks one thing, and returns when its effect was seen; it stays until heal(), awaitHealthy() or the end of a
   * measurement. Errors: FAULT_UNKNOWN, NODE_UNKNOWN, FAULT_UNAVAILABLE.
   */
  async inject(fault: string, options: FaultOptions): Promise<InjectedFault> {
    const spec = faultOf(fault, options)
    this.#whole()
    return this.#desk.inject(spec)
  }

  /** Undoes what was injected, and returns when that was seen; the cluster may still be catching up. */
  async heal(): Promise<void> {
    this.#whole()
    await this.#desk.heal()
  }

  /** Hands the primary over, to `to` or the standby that Patroni chooses, and waits until the cluster is whole. */
  async switchover(to: string | null = null): Promise<SwitchedOver> {
    const {cluster} = this.#whole()
    const {journal} = this.#desk
    const clock = journal?.clock ?? this.#clock
    const work = async () => switchOver(this.#ports.docker, cluster, clock, to, this.#ending.signal)
    const step: Step = to === null ? {kind: 'switchover'} : {kind: 'switchover', to: {select: 'named', name: to}}
    const done = journal === undefined ? await work() : await journal.step(step, 'switch over', 180_000, work)
    await this.#sawWhole(done.to)
    return done
  }

  /**
   * Lets the cluster do what it can by itself, a failover for example, then heals what was injected, and returns when
   * every node is in place again. LAB_UNHEALTHY when that takes longer than `within`, two minutes unless told.
   */
  async awaitHealthy({within = healthyWithin}: {readonly within?: Duration} = {}): Promise<void> {
    const {cluster} = this.#whole()
    const clock = this.#desk.journal?.clock ?? this.#clock
    const endMs = clock.nowMs() + durationMs(within, 'within')
    const leftMs = (): number => Math.max(1, endMs - clock.nowMs())
    await this.#desk.awaitWayBack(leftMs())
    await this.#desk.heal()
    const primary = await untilHealthy({cluster}, clock, {withinMs: leftMs(), signal: this.#ending.signal})
    await this.#sawWhole(primary)
  }

  /**
   * Runs a scenario of the package, by name, or one of your own, with its own load on this cluster: what `hl failover`
   * does. One that destroys its cluster is refused. Errors: SCENARIO_UNKNOWN, SCENARIO_INVALID, and those of the run.
   */
  async run(scenario: string | Scenario, {seed, runs = '.hl/runs'}: RunScenarioOptions = {}): Promise<Report> {
    this.#whole()
    const report = await runExperiment({
      scenario: testScenario(scenario),
      lab: this.name,
      runsRoot: runs,
      repeat: 1,
      seed: seed ?? this.#ports.drawSeed(),
      through: 'router',
      overrides: {},
      keep: true,
      up: {},
      watch: () => undefined,
      note: () => undefined,
      signal: this.#ending.signal,
    })
    this.#remember(await this.primary())
    return report
  }

  /** From now on reset() goes back to the database as it is now. Connections to it are ended. */
  async snapshot(): Promise<void> {
    await keepDatabase(this.#whole().cluster, await this.primary())
  }

  /**
   * For between two tests: awaitHealthy(), then the database as it was when the cluster started, or at the last
   * snapshot(). Connections to it are ended, so a pool has to make new ones.
   */
  async reset(): Promise<void> {
    await this.awaitHealthy()
    await resetDatabase(this.#whole().cluster, this.#state.primary)
  }

  /**
   * Sends the service's own requests, does `action`, waits until they go well again, and tells what it cost. What
   * `action` injects and does not heal is healed at the end, also when it throws; its error is the one that is thrown.
   */
  async measure(action: () => unknown, options: MeasureOptions): Promise<MeasuredReport> {
    const {cluster, secrets} = this.#whole()
    if (this.#desk.journal !== undefined)
      throw new HlError('LAB_BUSY', 'a measurement is going on in this cluster', {next: ['await the first one']})
    const journal = new Journal(this.#ports.newClock())
    const report = await measureRequests(action, options, {
      cluster,
      journal,
      desk: this.#desk,
      observer: this.#ports.observer(this.#lab, journal.clock),
      run: this.#ports.drawRun(),
      host: this.#ports.host,
      secrets: Object.values<string | null>({...secrets}).flatMap(secret => secret ?? []),
      signal: this.#ending.signal,
    })
    // Where nobody is, or nobody answers, the one that is known stays.
    const {primary} = await this.#look().catch(() => ({primary: null}))
    if (primary !== null) this.#remember(primary)
    return report
  }

  /** Takes the cluster away with its data; one that is reused stays. Again: the same. */
  async stop(): Promise<void> {
    this.#ending.abort(stopped(this.name))
    this.#stopped ??= this.#end()
    await this.#stopped
  }

  /** For `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** LAB_MISSING after stop(). */
  #whole(): ConnectedLab {
    this.#ending.signal.throwIfAborted()
    return this.#lab
  }

  async #look(): Promise<ClusterState> {
    return this.#whole().cluster.state()
  }

  /** Every node is in place. */
  async #sawWhole(primary: string): Promise<void> {
    this.#remember(primary)
    const {journal} = this.#desk
    if (journal === undefined) return
    const atMs = journal.clock.nowMs()
    const {timeline} = await this.#look()
    journal.emit({kind: 'cluster.healthy', atMs, timeline})
  }

  #remember(primary: string): void {
    this.#state = {primary, standbys: this.#lab.cluster.members.filter(name => name !== primary)}
  }

  /** What failed may be tried again. */
  async #end(): Promise<void> {
    try {
      if (this.#isOwn) await this.#ports.down(this.#ports.docker, this.name, {force: true, volumes: true})
      else await this.#desk.heal()
    } catch (error) {
      this.#stopped = null
      throw error
    }
  }
}

const stopped = (lab: string): HlError =>
  new HlError('LAB_MISSING', `lab ${lab} was stopped by this test`, {next: ['start another one']})
