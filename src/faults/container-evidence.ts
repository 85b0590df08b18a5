// What shows that a container is gone, or back. Invariant: for a database node its PostgreSQL port is asked too, not only Docker.
import type {Cluster} from '../model/ports.ts'

/** A reason for faults that need a running container; null when it runs. */
export async function notRunning(cluster: Cluster, service: string): Promise<string | null> {
  const status = await cluster.containerStatus(service)
  return status === 'running' ? null : `the container of ${service} is ${status}`
}

export async function goneEvidence(cluster: Cluster, service: string): Promise<string | null> {
  if ((await cluster.containerStatus(service)) !== 'stopped') return null
  if (!cluster.members.includes(service)) return `the container of ${service} has ended`
  return (await cluster.answers(service)) ? null : `the container of ${service} has ended and its PostgreSQL does not answer`
}

/** Whether it has rejoined the cluster is another question: see the condition `healthy`. */
export async function isBackEvidence(cluster: Cluster, service: string): Promise<string | null> {
  return (await cluster.containerStatus(service)) === 'running' ? `the container of ${service} runs` : null
}
