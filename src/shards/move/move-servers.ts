// The servers between which groups move, as their user names them. Plain data. Not here: connections.
import type {ClientConfig} from 'pg'

/** A shard, or the catalog, as the mover reaches it. */
export interface MoveServer {
  /** As the map calls it. */
  readonly name: string
  /** To its primary, as superuser; asked for each connection, since the primary may be another one by then. */
  readonly connection: () => Promise<ClientConfig> | ClientConfig
  /**
   * How the servers of other shards reach its primary, as libpq takes it; a role with REPLICATION. Name all members and
   * `target_session_attrs=read-write`, so that replication goes on after a failover. The subscriptions keep it.
   */
  readonly conninfo: string
  /** Standbys that may be promoted, as superuser. Not given: whether a move survives a failover is not known. */
  readonly standbys?: (() => Promise<readonly ClientConfig[]> | readonly ClientConfig[]) | undefined
  /** Free on the disk of its data directory; PostgreSQL cannot tell. null, or not given: not known. */
  readonly freeBytes?: (() => Promise<number | null>) | undefined
}

/** All that a move needs to know of a sharded system. */
export interface MoveCluster {
  /** Each shard once. */
  readonly shards: readonly MoveServer[]
  /** Where hl_shards.map is; may be one of the shards. */
  readonly catalog: MoveServer
}
