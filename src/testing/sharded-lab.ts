// The builder of a lab of shards, in the idiom of testcontainers. Invariant: nothing is looked at or made before
// start(). Not here: making a lab (start-lab.ts), what it can do then (started-sharded-lab.ts).
import type {LabProfile} from '../lab/lifecycle/lab-shape.ts'
import type {ClusterSettings, SynchronousMode} from '../model/topology.ts'
import {realPorts, type ClusterPorts} from './cluster-ports.ts'
import {LabBuilder} from './lab-builder.ts'
import {LabHandle} from './lab-handle.ts'
import {startLab, type LabRequest} from './start-lab.ts'
import {StartedShardedLab} from './started-sharded-lab.ts'

/** What a lab of shards for tests is. */
export interface ShardedLabOptions {
  /** Clusters, each a shard: `s1`, `s2` …; 2 unless told, at most 16. */
  readonly shards?: number
  /** PostgreSQL nodes of each, 1 to 3; 2 unless told. */
  readonly nodes?: number
  /** Patroni's synchronous mode: `off`, `on`, `strict` or `quorum`; `on` unless told. */
  readonly synchronousMode?: SynchronousMode
  /** `small`, one etcd member, unless told; `standard`: three. */
  readonly profile?: LabProfile
  /** Patroni's times and PostgreSQL's parameters, where they differ from those of a lab: `{ttlS: 30}`. */
  readonly settings?: Partial<ClusterSettings>
  /** Of the lab; drawn unless told. */
  readonly name?: string
}

/** Several Patroni clusters in Docker, each of which owns a part of the keys; `start()` makes them. */
export class ShardedLab extends LabBuilder {
  readonly #options: ShardedLabOptions
  #migrations: string | undefined

  /** Nothing is made yet. */
  constructor(options: ShardedLabOptions = {}) {
    super(options.name ?? null)
    this.#options = options
  }

  /**
   * The folder's `0001_what_it_does.sql` files, on all shards in step; those of the payments back office that the
   * package brings unless told. How a table is sharded: docs/migrations.md.
   */
  withMigrations(folder: string): this {
    this.#migrations = folder
    return this
  }

  /**
   * Makes the clusters, their tables and the map, and waits until all are whole. Rejects with an HlError that has a
   * code, a cause and a way out: DOCKER_UNREACHABLE, IMAGE_MISSING, CONFIG_INVALID, MIGRATION_FAILED …
   */
  async start(): Promise<StartedShardedLab> {
    const {shards = 2, nodes = 2, synchronousMode, profile = 'small', settings = {}} = this.#options
    return startShardedLab(
      {
        shape: {
          shards,
          nodes,
          profile,
          settings: synchronousMode === undefined ? settings : {...settings, synchronousMode},
        },
        migrations: this.#migrations,
        ...this.choices,
      },
      realPorts,
    )
  }
}

/** `migrations`: a folder; absent: those of the package. Errors: those of startLab, MIGRATION_FAILED. */
export async function startShardedLab(
  request: LabRequest & {readonly migrations: string | undefined},
  ports: ClusterPorts,
): Promise<StartedShardedLab> {
  const started = await startLab(request, ports, async () => {
    const migrations = await ports.readShardMigrations(request.migrations)
    return {
      up: async options => ports.upShards(ports.docker, {...options, migrations}),
      // The tables came with the map.
      fill: async () => undefined,
    }
  })
  return new StartedShardedLab(new LabHandle(started))
}
