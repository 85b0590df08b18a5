// Asks nodes and etcd at once, containers where there was no answer, and joins the answers. Invariant: a few seconds at
// most, whatever is dead, paused or cut off.
// Not here: what the answers mean (cluster-state.ts).
import type {ClusterState, ContainerStatus} from '../../model/topology.ts'
import {clusterState} from './cluster-state.ts'
import type {Docker} from '../docker/docker.ts'
import type {EtcdApi} from '../etcd/etcd-api.ts'
import {labLabel, type LabDescription} from '../lifecycle/lab-description.ts'
import {parseStatuses} from '../docker/parse-docker.ts'
import type {PatroniApi} from '../patroni/patroni-api.ts'

export interface LabClients {
  readonly docker: Docker
  readonly lab: LabDescription
  readonly patroni: PatroniApi
  readonly etcd: EtcdApi
}

/**
 * The cluster as it is now. Docker is asked only where somebody is silent: who answers runs, and a docker client costs
 * more than all the rest, of the very CPU that a lab that comes up is waiting for.
 */
export async function readState({docker, lab, patroni, etcd}: LabClients): Promise<ClusterState> {
  const [nodes, dcs, [keys, lease]] = await Promise.all([
    byName(lab.members, async member => await patroni.status(member)),
    byName(lab.dcsMembers, async member => await etcd.member(member)),
    readLease(etcd),
  ])
  const silent = Object.values({...nodes, ...dcs}).includes(null)
  const containers = silent ? await readContainers(docker, lab) : allRunning(lab)
  return clusterState({lab: lab.lab, containers, nodes, dcs, keys, leaseLeftMs: lease?.leftMs ?? null})
}

const allRunning = ({members, dcsMembers}: LabDescription): Readonly<Record<string, ContainerStatus>> =>
  Object.fromEntries([...members, ...dcsMembers].map(name => [name, 'running' as const]))

/** Patroni's keys and what is left of its leader's lease. */
export async function readLease(etcd: EtcdApi) {
  const keys = await etcd.keys()
  const lease = keys?.leaseId === undefined || keys.leaseId === null ? null : await etcd.lease(keys.leaseId)
  return [keys, lease] as const
}

/** Status of every service's container; one that is gone is `missing`. */
async function readContainers(docker: Docker, lab: LabDescription): Promise<Readonly<Record<string, ContainerStatus>>> {
  const statuses = parseStatuses(
    await docker.text(['ps', '-a', '--filter', `label=${labLabel}=${lab.lab}`, '--format', '{{.Names}}\t{{.State}}']),
  )
  return Object.fromEntries(lab.services.map(service => [service.name, statuses.get(service.container) ?? 'missing']))
}

async function byName<T>(
  names: readonly string[],
  read: (name: string) => Promise<T>,
): Promise<Readonly<Record<string, T>>> {
  return Object.fromEntries(await Promise.all(names.map(async name => [name, await read(name)] as const)))
}
