// Connects to a lab that is there: description, passwords, clients, and the port `Cluster`. Throws LAB_MISSING when
// nothing carries its label.
import type {Clock, Cluster, LabEndpoints, LabSecrets} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {dockerCluster} from '../docker-cluster.ts'
import {chooseReach, endpointsOf, type Reach} from './endpoints.ts'
import {etcdApi} from '../etcd/etcd-api.ts'
import {chooseShard, type ShardChoice} from './choose-shard.ts'
import {ofCluster, type LabDescription} from './lab-description.ts'
import {requireLab} from './lab-inventory.ts'
import {readEtcdIdentity, readSecrets} from './lab-secrets.ts'
import {labConfig} from './package-files.ts'
import {patroniApi} from '../patroni/patroni-api.ts'
import type {LabClients} from '../observe/read-state.ts'

/** One cluster of a lab, and how it is reached. */
export interface ConnectedCluster {
  readonly cluster: Cluster
  /** Those of its members, of the lab's etcd, and of pgpool where there is one. */
  readonly endpoints: LabEndpoints
  /** For the observer (observe.ts). */
  readonly clients: LabClients
}

/** A lab; one of its clusters is at hand: the first, in most labs the only one, or the shard that was named. */
export interface ConnectedLab extends ConnectedCluster {
  /** In order of their names. */
  readonly clusters: readonly ConnectedCluster[]
  readonly secrets: LabSecrets
  readonly description: LabDescription
}

export interface ConnectOptions {
  readonly clock: Clock
  /** Forces the way; absent: whatever works, addresses first. */
  readonly reach?: Reach
}

/** Connects; works for stopped, paused and half-broken labs too. */
export async function connectLab(docker: Docker, name: string, {clock, reach}: ConnectOptions): Promise<ConnectedLab> {
  const description = await requireLab(docker, name)
  const [secrets, identity, base, via] = await Promise.all([
    readSecrets(docker, description),
    readEtcdIdentity(docker, description),
    labConfig(description.clusters),
    reach ?? chooseReach(description),
  ])
  const connect = (lab: LabDescription): ConnectedCluster => {
    const endpoints = endpointsOf(lab, via)
    const clients: LabClients = {
      docker,
      lab,
      patroni: patroniApi(endpoints.rest, secrets.restapi),
      etcd: etcdApi(endpoints.dcs, {password: secrets.etcd, identity}, lab.cluster),
    }
    return {cluster: dockerCluster(clients, endpoints, clock, base), endpoints, clients}
  }
  const clusters = description.clusters.map(({name: cluster}) => connect(ofCluster(description, cluster)))
  return {...(clusters[0] ?? connect(description)), clusters, secrets, description}
}

/** The lab as the cluster of that member sees it; as it is where no cluster has it. */
export function atMember<Lab extends ConnectedCluster & Pick<ConnectedLab, 'clusters' | 'description'>>(
  lab: Lab,
  member: string,
): Lab {
  const found = lab.clusters.find(({cluster}) => cluster.members.includes(member))
  return found === undefined || lab.clusters.length === 1 ? lab : {...lab, ...found, description: found.clients.lab}
}

/** The lab as one of its shards sees it. SHARD_UNKNOWN. */
export function atShard(lab: ConnectedLab, choice: ShardChoice): ConnectedLab {
  const name = chooseShard(lab.description, choice)
  const found = lab.clusters.find(({cluster}) => cluster.name === name)
  return found === undefined ? lab : {...lab, ...found, description: found.clients.lab}
}
