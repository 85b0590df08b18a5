// What the pure core and the runner need from the world, as interfaces. Invariant: our words only, no Docker, pg or
// HTTP types. Implementations: src/lab (Docker), src/load (load), test/fakes (virtual time).
import type {ArchiveMode} from './backup.ts'
import type {FinalState, Op} from './history.ts'
import type {RunEvent} from './run-event.ts'
import type {Direction, Peer} from './scenario.ts'
import type {ClusterSettings, ClusterState, ContainerStatus} from './topology.ts'

/** One monotonic clock per run. */
export interface Clock {
  /** ms since the clock was made; never goes back. */
  nowMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** Wall-clock time as ISO text, for people only. */
  wallTime(): string
}

/** Uniform in [0, 1), from a printed seed. */
export interface Random {
  next(): number
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  readonly user?: string
  readonly stdin?: string
  readonly timeoutMs: number
  /** Long work without an input: it ends in its container when hl ends, however that ends. */
  readonly bound?: boolean
}

export interface Partition {
  readonly from: readonly Peer[]
  readonly direction: Direction
}

/**
 * One cluster of a running lab. Services: pg1.., etcd1.., pgpool. Every call is bounded in time and throws HlError with
 * what was last seen.
 */
export interface Cluster {
  readonly lab: string
  /** Its name in the lab, which is its Patroni scope; `hl` in a lab of one cluster. */
  readonly name: string
  /** Names of PostgreSQL members and of DCS members. */
  readonly members: readonly string[]
  readonly dcsMembers: readonly string[]
  /** How WAL gets into its archive node, the service `archive`. */
  readonly archive: ArchiveMode
  /** What comes into it was encrypted on the nodes, and it holds no key. */
  readonly encrypted: boolean

  state(): Promise<ClusterState>
  settings(): Promise<ClusterSettings>
  /** Patroni's GET /config as it came. */
  rawConfig(): Promise<Readonly<Record<string, unknown>>>
  /** PATCH /config, then waits until every reachable member shows the change in effect. */
  applySettings(settings: ClusterSettings): Promise<void>
  versions(): Promise<Readonly<Record<string, string>>>

  exec(service: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult>
  containerStatus(service: string): Promise<ContainerStatus>
  /** SIGKILL to the whole container; resolves when it is gone. */
  kill(service: string): Promise<void>
  /** SIGTERM, graceful. */
  stop(service: string): Promise<void>
  start(service: string): Promise<void>
  pause(service: string): Promise<void>
  unpause(service: string): Promise<void>
  /** Removes the container and its data; nothing brings them back. */
  destroy(service: string): Promise<void>
  /** Empties the data volume of a service that is stopped. */
  wipe(service: string): Promise<void>
  /** Drops packets between `service` and the peers; adds to what is already cut. */
  partition(service: string, partition: Partition): Promise<void>
  /** Removes every cut on `service`; no error when there is none. */
  healPartition(service: string): Promise<void>
  /** Is any of our DROP rules in place on `service`? null when it cannot be asked (not running). */
  isPartitioned(service: string): Promise<boolean | null>
  /** Can `service` open a TCP connection to the peer now? Probes from inside the container. */
  canReach(service: string, peer: string, port: number): Promise<boolean>
  /** Can hl itself get an answer (not only an accepted connection) from the member's PostgreSQL port? */
  answers(service: string): Promise<boolean>

  switchover(from: string, to: string | null): Promise<void>
  /** Patroni's maintenance mode on or off. */
  setMaintenance(on: boolean): Promise<void>
  logs(service: string, sinceIso: string | null): Promise<string>
}

/**
 * A container apart, in which a data directory is restored: it sees an archive, read-only, and one empty data volume,
 * and has no network.
 */
export interface RestoreNode {
  exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult>
  /** Takes the container away; what it restored stays in the volume. */
  remove(): Promise<void>
}

/** What is written and read while things break. */
export interface Load {
  /** Makes the run's own rows and connections; throws when the cluster does not take them. */
  prepare(): Promise<void>
  start(): void
  /** Stops issuing; resolves when every operation has its outcome (bounded by the operations' own deadline). */
  stop(): Promise<void>
  /**
   * Since when every due write was ok, in ms of the run's clock; null when the last finished write was not ok or none
   * has finished.
   */
  writableSinceMs(): number | null
  /** Nodes whose pinned writer's last write, at most a second ago, was acknowledged. */
  writableNodes(): readonly string[]
  /** Reads the final state from every node after convergence. */
  finalState(): Promise<FinalState>
  close(): Promise<void>
}

/** Watches lease, roles and host while a run goes on and tells what changed. */
export interface Observer {
  start(sink: EventSink): void
  stop(): Promise<void>
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Where hl itself reaches the lab's services: container addresses where it can, published ports elsewhere. */
export interface LabEndpoints {
  readonly postgres: Readonly<Record<string, HostPort>>
  readonly rest: Readonly<Record<string, HostPort>>
  readonly dcs: Readonly<Record<string, HostPort>>
  readonly pgpool: HostPort | null
  /**
   * `container`: addresses of the lab's own network; `published`: ports on loopback, which keep accepting connections
   * for a paused container.
   */
  readonly via: 'container' | 'published'
}

/** The lab's passwords, in memory only; never put into an event, a report, an argument or an environment variable. */
export interface LabSecrets {
  readonly app: string
  readonly readonly: string
  readonly monitoring: string
  readonly migrations: string
  readonly replication: string
  /** Of the superuser that moves groups between shards; null: a lab that an earlier hl made has none. */
  readonly mover: string | null
  readonly restapi: string
  readonly etcd: string
}

export type EventSink = (event: RunEvent) => void
export type HistorySink = (op: Op) => void
