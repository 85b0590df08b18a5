// Shards that run for a test: ways into each and over all, what can be broken in which, what it cost a service.
// Invariant: where one shard must be meant and none was named, nobody guesses. Not here: making them (sharded-lab.ts),
// what is done to all of the lab (lab-handle.ts), to one cluster (cluster-handle.ts).
import type {InjectedFault} from '../experiment/inject-by-hand.ts'
import {chooseShard} from '../lab/lifecycle/choose-shard.ts'
import type {SwitchedOver} from '../lab/lifecycle/switch-over.ts'
import type {SqlRole} from '../lab/psql.ts'
import type {Report} from '../model/report.ts'
import type {Scenario} from '../model/scenario.ts'
import type {Router, RouterOptions} from '../router/index.ts'
import {poolOptions} from '../sharding/lab-shards.ts'
import {ShardedPool, type ShardedPoolOptions} from '../shards/index.ts'
import type {ClusterHandle, TestHost, TestRows} from './cluster-handle.ts'
import {accountOf, type TestRole, type WayIn} from './connection-string.ts'
import type {Duration} from './duration.ts'
import type {FaultOptions} from './fault-words.ts'
import type {LabHandle, RunScenarioOptions} from './lab-handle.ts'
import type {ShardedMeasureOptions} from './measure-options.ts'
import type {MeasuredReport} from './measured-report.ts'

/** Whom a fault hits, in a lab of shards. */
export interface ShardFaultOptions extends FaultOptions {
  /** By its name: `s1`. Not needed where the target is a node by its name, or the DCS, which all have in common. */
  readonly shard?: string
}

const healthyWithin: Duration = '2m'

/** Shards that run. Made by `ShardedLab.start()`. */
export class StartedShardedLab implements AsyncDisposable {
  /** Of the lab, for `hl status --lab <name>`. */
  readonly name: string
  /** Names of the shards, in order; the first keeps the map. */
  readonly shards: readonly string[]
  readonly #lab: LabHandle

  /** Made by `ShardedLab.start()`. */
  constructor(lab: LabHandle) {
    this.name = lab.name
    this.shards = lab.clusters.map(({cluster}) => cluster.name)
    this.#lab = lab
  }

  /** A pool over all shards; the caller ends it. Options are those of `pg-highload-lab/shards`. */
  shardedPool(options: Partial<ShardedPoolOptions> = {}): ShardedPool {
    this.#lab.requireRunning()
    const {user, password, applicationName} = accountOf('app', this.#lab.lab.secrets)
    return new ShardedPool({
      ...poolOptions(this.#lab.lab, {user, password}),
      application_name: applicationName,
      ...options,
    })
  }

  /** A URL for a driver, to one shard; `role` and `node` as those of a cluster. SHARD_UNKNOWN, NODE_UNKNOWN. */
  connectionString(shard: string, user: TestRole = 'app', way: WayIn = {}): string {
    return this.#at(shard).connectionString(user, way)
  }

  /** Every PostgreSQL of one shard, or of all, with its address. */
  hosts(shard?: string): readonly TestHost[] {
    const clusters = shard === undefined ? this.#lab.clusters : [this.#at(shard)]
    return clusters.flatMap(cluster => cluster.hosts())
  }

  /** The REST API of each Patroni of a shard. */
  patroniUrls(shard: string): readonly string[] {
    return this.#at(shard).patroniUrls()
  }

  /** A pool that follows the primary of one shard; the caller ends it. */
  router(shard: string, options: Partial<RouterOptions> = {}): Router {
    return this.#at(shard).router(options)
  }

  /**
   * One statement, as the superuser unless told, on the primary of `shard`, or on `node`; without both on every shard,
   * in their order, and their rows come together.
   */
  async psql(
    sql: string,
    {shard, node, as = 'postgres'}: {readonly shard?: string; readonly node?: string; readonly as?: SqlRole} = {},
  ): Promise<TestRows> {
    const one = shard ?? (node === undefined ? undefined : this.#shardOfNode(node))
    if (one !== undefined || node !== undefined) return this.#at(one).psql(sql, {node, as})
    const rows: TestRows[] = []
    for (const cluster of this.#lab.clusters) rows.push(await cluster.psql(sql, {node: undefined, as}))
    return rows.flat()
  }

  /** The node of a shard that takes writes now. LAB_UNHEALTHY when there is none. */
  async primary(shard: string): Promise<string> {
    return this.#at(shard).primary()
  }

  /** The nodes of a shard that answer as standbys now. */
  async standbys(shard: string): Promise<readonly string[]> {
    return this.#at(shard).standbys()
  }

  /** What a node has logged, Patroni and PostgreSQL in one. NODE_UNKNOWN. */
  async logs(node: string): Promise<string> {
    const shard = this.#shardOfNode(node)
    return (shard === undefined ? this.#lab.cluster : this.#at(shard)).logs(node)
  }

  /**
   * Breaks one thing in one shard, and returns when its effect was seen; it stays until heal(), awaitHealthy() or the
   * end of a measurement. Errors: SHARD_UNKNOWN where none is named and one is needed, FAULT_UNKNOWN, NODE_UNKNOWN,
   * FAULT_UNAVAILABLE.
   */
  async inject(fault: string, {shard, ...options}: ShardFaultOptions): Promise<InjectedFault> {
    return this.#hit(shard, options.target).inject(fault, options)
  }

  /** Undoes what was injected in all shards, and returns when that was seen; they may still be catching up. */
  async heal(): Promise<void> {
    this.#lab.requireRunning()
    await this.#lab.heal()
  }

  /** Hands the primary of a shard over, to `to` or the standby that Patroni chooses, and waits until it is whole. */
  async switchover(shard: string, to: string | null = null): Promise<SwitchedOver> {
    return this.#at(shard).switchover(to)
  }

  /**
   * Lets each shard do what it can by itself, heals what was injected, and returns when every node of all shards is in
   * place again. LAB_UNHEALTHY when that takes longer than `within`, two minutes unless told.
   */
  async awaitHealthy({within = healthyWithin}: {readonly within?: Duration} = {}): Promise<void> {
    await this.#lab.awaitHealthy(within)
  }

  /** Runs a scenario over shards: `hl scenarios list` names them. Errors: those of the run. */
  async run(scenario: string | Scenario, options: RunScenarioOptions = {}): Promise<Report> {
    return this.#lab.run(scenario, options)
  }

  /** From now on reset() goes back to the databases as they are now. Connections to them are ended. */
  async snapshot(): Promise<void> {
    await this.#lab.snapshot()
  }

  /**
   * For between two tests: awaitHealthy(), then the database of each shard as it was when the lab started, or at the
   * last snapshot(), its map too. Connections are ended, and transactions that are prepared are rolled back.
   */
  async reset(): Promise<void> {
    await this.#lab.reset(healthyWithin)
  }

  /**
   * As that of a cluster. The report is about the shard that was broken first: its RTO is that of requests to it alone;
   * the others must have gone on serving, and are held to that unless several were broken.
   */
  async measure(action: () => unknown, options: ShardedMeasureOptions): Promise<MeasuredReport> {
    return this.#lab.measure(action, options)
  }

  /** Takes the lab away with its data; one that is reused stays. Again: the same. */
  async stop(): Promise<void> {
    await this.#lab.stop()
  }

  /** For `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** SHARD_UNKNOWN. */
  #at(shard: string | undefined): ClusterHandle {
    const name = chooseShard(this.#lab.lab.description, {shard})
    return this.#lab.clusters.find(({cluster}) => cluster.name === name) ?? this.#lab.cluster
  }

  #hit(shard: string | undefined, target: string): ClusterHandle {
    const {dcsMembers} = this.#lab.cluster.cluster
    const ofDcs = target.startsWith('dcs-') || dcsMembers.includes(target)
    if (shard === undefined && ofDcs) return this.#lab.cluster
    return this.#at(shard ?? this.#shardOfNode(target))
  }

  #shardOfNode(node: string): string | undefined {
    return this.#lab.clusters.find(({cluster}) => cluster.members.includes(node))?.cluster.name
  }
}
