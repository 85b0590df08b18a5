// One look at a cluster: what it is, and which faults are in place. Not here: what is wrong with it, showing it.
import type {Cluster} from '../model/ports.ts'
import type {ClusterSettings, ClusterState} from '../model/topology.ts'
import {faultsInPlace} from './in-place.ts'

export interface ClusterStatus {
  /** The name of the cluster. */
  readonly name: string
  readonly state: ClusterState
  /** null: no Patroni told them. */
  readonly settings: ClusterSettings | null
  readonly faults: readonly string[]
}

export async function clusterStatus(cluster: Cluster): Promise<ClusterStatus> {
  const [state, settings, faults] = await Promise.all([
    cluster.state(),
    cluster.settings().catch(() => null),
    faultsInPlace(cluster),
  ])
  return {name: cluster.name, state, settings, faults}
}
