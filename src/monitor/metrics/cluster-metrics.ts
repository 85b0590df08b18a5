// Of the exporter itself, of the nodes, of the cluster that they make, of etcd and of the shards' map. PURE. Not here:
// the other families (metric-table.ts).
import {gauge, perCluster, perMember, type Metric} from './metric.ts'

const perSource = [...perMember, 'source'] as const

export const clusterMetrics = {
  hl_scrape_source_up: gauge(
    'boolean',
    'exporter',
    perSource,
    '1: the source answered in this scrape, within its deadline. What only it says is absent where it is 0. cluster and member are empty for what belongs to all',
  ),
  hl_scrape_source_duration_seconds: gauge(
    'seconds',
    'exporter',
    perSource,
    'What the question to the source took, or how long it was waited for',
  ),
  hl_scrape_duration_seconds: gauge(
    'seconds',
    'exporter',
    ['lab'],
    'What this scrape took: all sources are asked at once',
  ),
  hl_node_up: gauge('boolean', 'postgres', perMember, '1: PostgreSQL takes a new connection and answers a query'),
  hl_node_role: gauge(
    'boolean',
    'postgres',
    [...perMember, 'role'],
    '1 for the role that the node has by its own word, primary or standby, and 0 for the other; both absent while it does not answer',
  ),
  hl_node_timeline: gauge('number', 'postgres', perMember, 'Timeline of the node'),
  hl_node_connections: gauge('count', 'postgres', perMember, 'Client connections of the node, over all databases'),
  hl_node_connections_max: gauge(
    'count',
    'postgres',
    perMember,
    'How many may be open: max_connections without those that are reserved',
  ),
  hl_node_wal_bytes: gauge('bytes', 'postgres', perMember, 'Size of what is in pg_wal'),
  hl_patroni_up: gauge(
    'boolean',
    'patroni',
    perMember,
    '1: Patroni of the node answers its API, whatever PostgreSQL does',
  ),
  hl_cluster_members: gauge('count', 'exporter', perCluster, 'Members that the cluster was made with'),
  hl_cluster_primaries: gauge(
    'count',
    'postgres',
    perCluster,
    'Members that answered and take writes by their own word; one that does not answer is not counted',
  ),
  hl_cluster_timeline: gauge(
    'number',
    'postgres',
    perCluster,
    'Highest timeline that a member tells: it grows with each promotion',
  ),
  hl_cluster_sync_standbys: gauge(
    'count',
    'postgres',
    perCluster,
    'Members that stream and for which the one primary waits at commit; absent where there is not one primary',
  ),
  hl_cluster_sync_standbys_wanted: gauge(
    'count',
    'etcd',
    perCluster,
    '1 where synchronous_mode is on and there are several members, else 0',
  ),
  hl_cluster_paused: gauge(
    'boolean',
    'etcd',
    perCluster,
    '1: Patroni is in maintenance mode and fails over for nobody',
  ),
  hl_cluster_lease_held: gauge('boolean', 'etcd', perCluster, '1: some member has the leader lease'),
  hl_cluster_database_bytes: gauge(
    'bytes',
    'postgres',
    [...perCluster, 'database'],
    'Size of a database on the one primary',
  ),
  hl_prepared_transactions: gauge(
    'count',
    'postgres',
    perCluster,
    'Transactions that are prepared and not ended, of all databases of the one primary',
  ),
  hl_prepared_transactions_max: gauge('count', 'postgres', perCluster, 'max_prepared_transactions'),
  hl_prepared_oldest_age_seconds: gauge(
    'seconds',
    'postgres',
    [...perCluster, 'database'],
    'Age of the oldest of them by the clock of the server, for each database that has one',
  ),
  hl_dcs_members: gauge('count', 'exporter', ['lab'], 'Members of etcd that the lab was made with'),
  hl_dcs_member_up: gauge('boolean', 'etcd', ['lab', 'member'], '1: the member answers'),
  hl_dcs_member_healthy: gauge(
    'boolean',
    'etcd',
    ['lab', 'member'],
    '1: the member takes writes by its own word, so it sees a quorum; 0 for one that does not answer',
  ),
  hl_shard_map_epoch: gauge(
    'number',
    'map',
    ['lab'],
    'Sum of the epochs of all slot groups: it grows with each change of the map',
  ),
  hl_shard_groups: gauge('count', 'map', perCluster, 'Slot groups that the shard owns by its own word'),
  hl_shard_groups_moving: gauge(
    'count',
    'map',
    perCluster,
    'Slot groups that the shard is about to take, or lets go, by its own word',
  ),
  hl_shard_standing: gauge(
    'boolean',
    'map',
    [...perCluster, 'standing'],
    '1 for what the shard is by its own word against the map: serving, behind or wrong (both quarantined), unknown; 0 for the others',
  ),
} as const satisfies Readonly<Record<string, Metric>>
