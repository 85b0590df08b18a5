// The builder that a test begins with, in the idiom of testcontainers. Invariant: nothing is looked at or made before
// start(). Not here: making it (start-cluster.ts).
import type {LabProfile} from '../lab/lifecycle/lab-shape.ts'
import type {ArchiveMode} from '../model/backup.ts'
import type {ClusterSettings, SynchronousMode} from '../model/topology.ts'
import {realPorts} from './cluster-ports.ts'
import {startCluster} from './start-cluster.ts'
import type {StartedPatroniCluster} from './started-cluster.ts'

/** What a cluster for tests is. */
export interface PatroniClusterOptions {
  /** PostgreSQL nodes, 1 to 3; 3 unless told. */
  readonly nodes?: number
  /** Patroni's synchronous mode: `off`, `on`, `strict` or `quorum`; `on` unless told. */
  readonly synchronousMode?: SynchronousMode
  /** `small`, one etcd member and no pgpool, unless told; `standard`: three and one, with three nodes. */
  readonly profile?: LabProfile
  /** Patroni's times and PostgreSQL's parameters, where they differ from those of a lab: `{ttlS: 30}`. */
  readonly settings?: Partial<ClusterSettings>
  /** Of the lab; drawn unless told. */
  readonly name?: string
}

/** A Patroni cluster in Docker, which `start()` makes. */
export class PatroniCluster {
  readonly #options: PatroniClusterOptions
  #name: string | null
  #migrations: string | null = null
  #reuse = false
  #archive: ArchiveMode = 'none'
  #encrypt = false
  #runs: string | null = null
  #progress: (text: string) => void = () => undefined

  /** Nothing is made yet. */
  constructor(options: PatroniClusterOptions = {}) {
    this.#options = options
    this.#name = options.name ?? null
  }

  /** The folder's *.sql files, in the order of their names, as the role that owns the schema; each in a transaction. */
  withMigrations(folder: string): this {
    this.#migrations = folder
    return this
  }

  /** The name of the lab, in place of one that is drawn: no other test may have the same. */
  withName(name: string): this {
    this.#name = name
    return this
  }

  /** A cluster of that name that is there is taken as it is, and stop() leaves it: for work at one's desk. */
  withReuse(): this {
    this.#reuse = true
    return this
  }

  /**
   * With an archive beside it, for backup() and restore(). `command` (unless told) archives each segment of the WAL
   * that is full; `stream` all of it as it is written; `sync` too, and commits wait for it.
   */
  withArchive(
    mode: Exclude<ArchiveMode, 'none'> = 'command',
    {encrypt = false}: {readonly encrypt?: boolean} = {},
  ): this {
    this.#archive = mode
    this.#encrypt = encrypt
    return this
  }

  /** Where folders of failures and of scenarios are made; unless told HL_RUNS, or `.hl/runs`. */
  withRuns(folder: string): this {
    this.#runs = folder
    return this
  }

  /** Told before each step of the start. */
  withProgress(progress: (text: string) => void): this {
    this.#progress = progress
    return this
  }

  /**
   * Makes the cluster and waits until it is whole. Rejects with an HlError that has a code, a cause and a way out:
   * DOCKER_UNREACHABLE, IMAGE_MISSING, CONFIG_INVALID …
   */
  async start(): Promise<StartedPatroniCluster> {
    const {nodes = 3, synchronousMode, profile = 'small', settings = {}} = this.#options
    return startCluster(
      {
        name: this.#name,
        nodes,
        profile,
        settings: synchronousMode === undefined ? settings : {...settings, synchronousMode},
        archive: this.#archive,
        encrypt: this.#encrypt,
        migrations: this.#migrations,
        runs: this.#runs,
        reuse: this.#reuse,
        progress: this.#progress,
      },
      realPorts,
    )
  }
}
