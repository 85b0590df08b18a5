// A lab as the exporter asks it: each question by itself, so that each can have a deadline. Not here: deadlines, what
// follows from the answers (lab-collector.ts).
import {commitReader} from '../../backup/last-archived-commit.ts'
import {readSystems} from '../../backup/read-archive.ts'
import type {Outcome} from '../../backup/schedule/decide-due.ts'
import {readJournal} from '../../backup/schedule/journal.ts'
import type {ConnectedCluster, ConnectedLab} from '../../lab/lifecycle/connect-lab.ts'
import {settingsFrom} from '../../lab/patroni/settings-to-patroni.ts'
import type {ArchiveListing} from '../../model/backup.ts'
import type {Clock} from '../../model/ports.ts'
import {soleCluster} from '../../model/topology.ts'
import {listShards, type ShardsAnswer} from '../../sharding/look-at-shards.ts'
import type {DcsFacts} from '../cluster-facts.ts'
import {askNode, type NodeAnswer} from './ask-node.ts'
import {sessionsOf} from './node-session.ts'

export interface ClusterSources {
  readonly cluster: string
  readonly members: readonly string[]
  node(member: string, withinMs: number): Promise<NodeAnswer>
  /** null: it does not answer. */
  patroni(member: string): Promise<object | null>
  /** null: etcd does not answer. */
  keys(): Promise<DcsFacts | null>
  /** Commit time of the last transaction in the archive; null where it cannot be said. */
  lastCommit(listing: ArchiveListing, timeline: number, withinMs: number): Promise<number | null>
}

export interface LabSources {
  readonly lab: string
  readonly clusters: readonly ClusterSources[]
  readonly dcsMembers: readonly string[]
  dcsMember(name: string): Promise<{readonly healthy: boolean} | null>
  /** null: the lab has none. The listings are those of all its clusters. */
  readonly archive: {
    listings(withinMs: number): Promise<readonly ArchiveListing[]>
    journal(withinMs: number): Promise<readonly Outcome[]>
  } | null
  /** null: a lab of one cluster has no map. */
  readonly shards: (() => Promise<ShardsAnswer>) | null
}

export function labSources(lab: ConnectedLab, clock: Pick<Clock, 'nowMs'>): LabSources {
  const {cluster, clients, clusters} = lab
  return {
    lab: cluster.lab,
    clusters: clusters.map(connected => clusterSources(connected, lab.secrets.monitoring, clock)),
    dcsMembers: cluster.dcsMembers,
    dcsMember: async name => clients.etcd.member(name),
    archive:
      cluster.archive === 'none'
        ? null
        : {
            listings: async withinMs => readSystems(cluster, withinMs),
            journal: async withinMs => readJournal(cluster, withinMs),
          },
    shards: cluster.name === soleCluster ? null : async () => listShards(lab),
  }
}

function clusterSources(
  {cluster, endpoints, clients}: ConnectedCluster,
  password: string,
  clock: Pick<Clock, 'nowMs'>,
): ClusterSources {
  return {
    cluster: cluster.name,
    members: cluster.members,
    async node(member, withinMs) {
      const at = endpoints.postgres[member]
      if (at === undefined) throw new Error(`${member} has no PostgreSQL port`)
      return askNode(sessionsOf({...at, user: 'hl_monitoring', password}), clock, withinMs)
    },
    patroni: async member => clients.patroni.status(member),
    async keys() {
      const keys = await clients.etcd.keys()
      if (keys === null) return null
      return {
        leaseHeld: keys.leaseOwner !== null,
        isPaused: keys.maintenance,
        syncWanted: keys.config === null ? null : settingsFrom(keys.config, {}).synchronousMode !== 'off',
      }
    },
    lastCommit: commitReader(cluster),
  }
}
