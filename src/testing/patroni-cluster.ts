// The builder that a test begins with, in the idiom of testcontainers. Invariant: nothing is looked at or made before
// start(). Not here: making it (start-cluster.ts).
import type {LabProfile} from '../lab/lifecycle/lab-shape.ts'
import type {ArchiveMode} from '../model/backup.ts'
import type {ClusterSettings, SynchronousMode} from '../model/topology.ts'
import {realPorts} from './cluster-ports.ts'
import {LabBuilder} from './lab-builder.ts'
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
export class PatroniCluster extends LabBuilder {
  readonly #options: PatroniClusterOptions
  #migrations: string | null = null
  #archive: ArchiveMode = 'none'
  #encrypt = false

  /** Nothing is made yet. */
  constructor(options: PatroniClusterOptions = {}) {
    super(options.name ?? null)
    this.#options = options
  }

  /** The folder's *.sql files, in the order of their names, as the role that owns the schema; each in a transaction. */
  withMigrations(folder: string): this {
    this.#migrations = folder
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

  /**
   * Makes the cluster and waits until it is whole. Rejects with an HlError that has a code, a cause and a way out:
   * DOCKER_UNREACHABLE, IMAGE_MISSING, CONFIG_INVALID …
   */
  async start(): Promise<StartedPatroniCluster> {
    const {nodes = 3, synchronousMode, profile = 'small', settings = {}} = this.#options
    return startCluster(
      {
        nodes,
        profile,
        settings: synchronousMode === undefined ? settings : {...settings, synchronousMode},
        archive: this.#archive,
        encrypt: this.#encrypt,
        migrations: this.#migrations,
        ...this.choices,
      },
      realPorts,
    )
  }
}
