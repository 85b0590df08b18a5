// A cluster that runs for a test: who is who, ways in, what can be broken, what it cost a service. Not here: making it
// (start-cluster.ts), what is done to all of its lab (lab-handle.ts), to the cluster (cluster-handle.ts).
import type {InjectedFault} from '../experiment/inject-by-hand.ts'
import type {SwitchedOver} from '../lab/lifecycle/switch-over.ts'
import type {SqlRole} from '../lab/psql.ts'
import type {BackupRecord} from '../model/backup.ts'
import type {Report} from '../model/report.ts'
import type {Scenario} from '../model/scenario.ts'
import type {Router, RouterOptions} from '../router/index.ts'
import type {TestHost, TestRows} from './cluster-handle.ts'
import type {TestRole, WayIn} from './connection-string.ts'
import type {Duration} from './duration.ts'
import type {FaultOptions} from './fault-words.ts'
import type {LabHandle, RunScenarioOptions} from './lab-handle.ts'
import type {MeasureOptions} from './measure-options.ts'
import type {MeasuredReport} from './measured-report.ts'
import type {RestoreTo, TestBackupOptions, TestRestore} from './recover-cluster.ts'

const healthyWithin: Duration = '2m'

/** A cluster that runs. Made by `PatroniCluster.start()`. */
export class StartedPatroniCluster implements AsyncDisposable {
  /** Of the lab, for `hl status --lab <name>`. */
  readonly name: string
  readonly #lab: LabHandle

  /** Made by `PatroniCluster.start()`. */
  constructor(lab: LabHandle) {
    this.name = lab.name
    this.#lab = lab
  }

  /**
   * A URL for a driver. `role`: `primary` (unless told) is the node that was the primary when the cluster was last seen
   * whole, `standby` the first of the others, `all` every node with target_session_attrs, as libpq has it. `node`: that
   * one.
   */
  connectionString(user: TestRole = 'app', way: WayIn = {}): string {
    return this.#lab.cluster.connectionString(user, way)
  }

  /** Every PostgreSQL, with its address. */
  hosts(): readonly TestHost[] {
    return this.#lab.cluster.hosts()
  }

  /** The REST API of each Patroni. */
  patroniUrls(): readonly string[] {
    return this.#lab.cluster.patroniUrls()
  }

  /** A pool that follows the primary; the caller ends it. Options are those of `pg-highload-lab/router`. */
  router(options: Partial<RouterOptions> = {}): Router {
    return this.#lab.cluster.router(options)
  }

  /** One statement, as the superuser on the primary unless told; its rows, values in PostgreSQL's text form. */
  async psql(
    sql: string,
    {node, as = 'postgres'}: {readonly node?: string; readonly as?: SqlRole} = {},
  ): Promise<TestRows> {
    return this.#lab.cluster.psql(sql, {node, as})
  }

  /** The node that takes writes now. LAB_UNHEALTHY when there is none. */
  async primary(): Promise<string> {
    return this.#lab.cluster.primary()
  }

  /** The nodes that answer as standbys now. */
  async standbys(): Promise<readonly string[]> {
    return this.#lab.cluster.standbys()
  }

  /** What a node has logged, Patroni and PostgreSQL in one. NODE_UNKNOWN. */
  async logs(node: string): Promise<string> {
    return this.#lab.cluster.logs(node)
  }

  /**
   * Breaks one thing, and returns when its effect was seen; it stays until heal(), awaitHealthy() or the end of a
   * measurement. Errors: FAULT_UNKNOWN, NODE_UNKNOWN, FAULT_UNAVAILABLE.
   */
  async inject(fault: string, options: FaultOptions): Promise<InjectedFault> {
    return this.#lab.cluster.inject(fault, options)
  }

  /** Undoes what was injected, and returns when that was seen; the cluster may still be catching up. */
  async heal(): Promise<void> {
    this.#lab.requireRunning()
    await this.#lab.heal()
  }

  /** Hands the primary over, to `to` or the standby that Patroni chooses, and waits until the cluster is whole. */
  async switchover(to: string | null = null): Promise<SwitchedOver> {
    return this.#lab.cluster.switchover(to)
  }

  /**
   * Lets the cluster do what it can by itself, a failover for example, then heals what was injected, and returns when
   * every node is in place again. LAB_UNHEALTHY when that takes longer than `within`, two minutes unless told.
   */
  async awaitHealthy({within = healthyWithin}: {readonly within?: Duration} = {}): Promise<void> {
    await this.#lab.awaitHealthy(within)
  }

  /**
   * Runs a scenario of the package, by name, or one of your own, with its own load on this cluster: what `hl failover`
   * does. One that destroys its cluster is refused. Errors: SCENARIO_UNKNOWN, SCENARIO_INVALID, and those of the run.
   */
  async run(scenario: string | Scenario, options: RunScenarioOptions = {}): Promise<Report> {
    return this.#lab.run(scenario, options)
  }

  /**
   * Takes a backup into the archive of withArchive(); its record, as `hl backups show` has it. ARCHIVE_MISSING,
   * BACKUP_FAILED.
   */
  async backup(options: TestBackupOptions = {}): Promise<BackupRecord> {
    return this.#lab.backup(options)
  }

  /**
   * Replaces the data of this cluster by that of another moment, and waits until it is whole and verified. Connections
   * are cut, and ways in stay. A restore that fails puts the data from before back. Errors: ARCHIVE_MISSING,
   * TARGET_INVALID, TARGET_UNREACHABLE, ARCHIVE_GAP, RESTORE_FAILED.
   */
  async restore(target: RestoreTo): Promise<TestRestore> {
    return this.#lab.restore(target)
  }

  /** The same as another cluster beside this one, which is not touched; the caller stops it. */
  async restoreBeside(target: RestoreTo): Promise<StartedPatroniCluster> {
    return new StartedPatroniCluster(await this.#lab.restoreBeside(target))
  }

  /** From now on reset() goes back to the database as it is now. Connections to it are ended. */
  async snapshot(): Promise<void> {
    await this.#lab.snapshot()
  }

  /**
   * For between two tests: awaitHealthy(), then the database as it was when the cluster started, or at the last
   * snapshot(). Connections to it are ended, so a pool has to make new ones; prepared transactions are rolled back.
   */
  async reset(): Promise<void> {
    await this.#lab.reset(healthyWithin)
  }

  /**
   * Sends the service's own requests, does `action`, waits until they go well again, and tells what it cost. What
   * `action` injects and does not heal is healed at the end, also when it throws; its error is the one that is thrown.
   */
  async measure(action: () => unknown, options: MeasureOptions): Promise<MeasuredReport> {
    return this.#lab.measure(action, options)
  }

  /** Takes the cluster away with its data; one that is reused stays. Again: the same. */
  async stop(): Promise<void> {
    await this.#lab.stop()
  }

  /** For `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
