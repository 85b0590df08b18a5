// Connects to a lab that is there: description, passwords, clients, and the port `Cluster`. Throws LAB_MISSING when
// nothing carries its label.
import type {Clock, Cluster, LabEndpoints, LabSecrets} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {dockerCluster} from '../docker-cluster.ts'
import {chooseReach, endpointsOf, type Reach} from './endpoints.ts'
import {etcdApi} from '../etcd/etcd-api.ts'
import type {LabDescription} from './lab-description.ts'
import {requireLab} from './lab-inventory.ts'
import {readSecrets} from './lab-secrets.ts'
import {labConfig} from './package-files.ts'
import {patroniApi} from '../patroni/patroni-api.ts'
import type {LabClients} from '../observe/read-state.ts'

export interface ConnectedLab {
  readonly cluster: Cluster
  readonly endpoints: LabEndpoints
  readonly secrets: LabSecrets
  readonly description: LabDescription
  /** For the observer (observe.ts). */
  readonly clients: LabClients
}

export interface ConnectOptions {
  readonly clock: Clock
  /** Forces the way; absent: whatever works, addresses first. */
  readonly reach?: Reach
}

/** Connects; works for stopped, paused and half-broken labs too. */
export async function connectLab(docker: Docker, name: string, {clock, reach}: ConnectOptions): Promise<ConnectedLab> {
  const description = await requireLab(docker, name)
  const [secrets, base, via] = await Promise.all([
    readSecrets(docker, description),
    labConfig(),
    reach ?? chooseReach(description),
  ])
  const endpoints = endpointsOf(description, via)
  const clients: LabClients = {
    docker,
    lab: description,
    patroni: patroniApi(endpoints.rest, secrets.restapi),
    etcd: etcdApi(endpoints.dcs, secrets.etcd),
  }
  return {cluster: dockerCluster(clients, endpoints, clock, base), endpoints, secrets, description, clients}
}
