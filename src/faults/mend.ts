// Ways back, each for one kind of damage. Invariant: each looks first, does nothing where nothing is wrong, and says what it did (null: nothing).
// Not here: which of them a fault needs (the faults), all of them at once (heal-all.ts).
import type {Cluster} from '../model/ports.ts'
import {processesOf} from './node-processes.ts'

export async function unpause(cluster: Cluster, service: string): Promise<string | null> {
  if ((await cluster.containerStatus(service)) !== 'paused') return null
  await cluster.unpause(service)
  return `${service}: unpaused`
}

/** Also right for a paused container: that one is unpaused. */
export async function start(cluster: Cluster, service: string): Promise<string | null> {
  const status = await cluster.containerStatus(service)
  if (status === 'paused') return await unpause(cluster, service)
  if (status !== 'stopped') return null
  await cluster.start(service)
  return `${service}: started`
}

/** Rules vanish with a container's network, so only a running one can be cut. */
export async function reconnect(cluster: Cluster, service: string): Promise<string | null> {
  if ((await cluster.isPartitioned(service)) !== true) return null
  await cluster.healPartition(service)
  return `${service}: cut removed`
}

/** PID 1 of a database container starts Patroni when it gets SIGUSR1, unless Patroni lives. */
export async function startPatroni(cluster: Cluster, member: string): Promise<string | null> {
  if ((await processesOf(cluster, member)).patroni !== null) return null
  await cluster.exec(member, ['kill', '-USR1', '1'], {user: 'root', timeoutMs: 10_000})
  return `${member}: Patroni started`
}

export async function endMaintenance(cluster: Cluster): Promise<string | null> {
  if (!(await cluster.state()).paused) return null
  await cluster.setMaintenance(false)
  return 'maintenance mode off'
}
