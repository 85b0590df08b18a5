// PURE: what nodes and Patroni said -> samples of the nodes and of the cluster. Invariant: what only a silent node, or
// a primary that there is not one of, could say is absent. Not here: replication (replication-samples.ts).
import {onlyPrimary, primariesOf, type ClusterFacts, type MemberFacts} from '../cluster-facts.ts'
import {sample, type Sample} from '../metrics/sample.ts'

const roles = ['primary', 'standby'] as const

export function clusterSamples(facts: ClusterFacts): readonly Sample[] {
  return [
    ...facts.members.flatMap(member => nodeSamples(facts, member)),
    ...wholeSamples(facts),
    ...preparedSamples(facts),
  ]
}

function nodeSamples({lab, cluster}: ClusterFacts, {member, identity, statistics, patroniUp}: MemberFacts) {
  const labels = {lab, cluster, member}
  const own = identity === null ? null : identity.inRecovery ? 'standby' : 'primary'
  return [
    ...sample('hl_node_up', labels, identity !== null),
    ...roles.flatMap(role => sample('hl_node_role', {...labels, role}, own === null ? null : own === role)),
    ...sample('hl_node_timeline', labels, identity?.timeline ?? null),
    ...sample('hl_node_connections', labels, statistics?.connections ?? null),
    ...sample('hl_node_connections_max', labels, statistics?.connectionsMax ?? null),
    ...sample('hl_node_wal_bytes', labels, statistics?.walBytes ?? null),
    ...sample('hl_patroni_up', labels, patroniUp),
    ...archiverSamples(labels, statistics?.archiver ?? null),
  ]
}

function archiverSamples(
  labels: {readonly lab: string; readonly cluster: string; readonly member: string},
  archiver: NonNullable<MemberFacts['statistics']>['archiver'],
): readonly Sample[] {
  return [
    ...sample('hl_archiver_failing', labels, archiver?.isFailing ?? null),
    ...sample('hl_archiver_ready_files', labels, archiver?.readyFiles ?? null),
    ...sample('hl_archiver_archived_total', labels, archiver?.archived ?? null),
    ...sample('hl_archiver_failures_total', labels, archiver?.failed ?? null),
  ]
}

function wholeSamples(facts: ClusterFacts): readonly Sample[] {
  const {lab, cluster, members, dcs} = facts
  const labels = {lab, cluster}
  const timelines = members.flatMap(({identity}) => identity?.timeline ?? [])
  const syncWanted = dcs?.syncWanted ?? null
  const databases = onlyPrimary(facts)?.statistics?.databases ?? []
  return [
    ...sample('hl_cluster_members', labels, members.length),
    ...sample('hl_cluster_primaries', labels, primariesOf(members).length),
    ...sample('hl_cluster_timeline', labels, timelines.length === 0 ? null : Math.max(...timelines)),
    // A cluster of one node has no standby that could be synchronous.
    ...sample('hl_cluster_sync_standbys_wanted', labels, syncWanted === null ? null : syncWanted && members.length > 1),
    ...sample('hl_cluster_paused', labels, dcs?.isPaused ?? null),
    ...sample('hl_cluster_lease_held', labels, dcs?.leaseHeld ?? null),
    ...databases.flatMap(({database, bytes}) => sample('hl_cluster_database_bytes', {...labels, database}, bytes)),
  ]
}

/** They are those of all databases, and the standbys have the same. */
function preparedSamples(facts: ClusterFacts): readonly Sample[] {
  const {lab, cluster} = facts
  const labels = {lab, cluster}
  const statistics = onlyPrimary(facts)?.statistics
  if (statistics === undefined || statistics === null) return []
  const {prepared, preparedMax} = statistics
  return [
    ...sample(
      'hl_prepared_transactions',
      labels,
      prepared.reduce((sum, {count}) => sum + count, 0),
    ),
    ...sample('hl_prepared_transactions_max', labels, preparedMax),
    ...prepared.flatMap(({database, oldestS}) =>
      sample('hl_prepared_oldest_age_seconds', {...labels, database}, oldestS),
    ),
  ]
}
