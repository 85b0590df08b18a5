// What shows that a container is gone, or back. A container that has ended has no process left (the kernel ends its PID
// namespace as one), so this is proof at the moment itself; asking its silent port would add a timeout to t_fault. Not
// here: probes of nodes that live (partition.ts).
import type {Cluster} from '../model/ports.ts'

/** A reason for faults that need a running container; null when it runs. */
export async function notRunning(cluster: Cluster, service: string): Promise<string | null> {
  const status = await cluster.containerStatus(service)
  return status === 'running' ? null : `the container of ${service} is ${status}`
}

export async function goneEvidence(cluster: Cluster, service: string): Promise<string | null> {
  return (await cluster.containerStatus(service)) === 'stopped' ? `the container of ${service} has ended` : null
}

/** Whether it has rejoined the cluster is another question: see the condition `healthy`. */
export async function isBackEvidence(cluster: Cluster, service: string): Promise<string | null> {
  return (await cluster.containerStatus(service)) === 'running' ? `the container of ${service} runs` : null
}
