// Repairs, each for one kind of damage. Invariant: each looks first, does nothing where nothing is wrong, and says what
// it did (null: nothing).
// Not here: which of them a fault needs (the faults), all of them at once (heal-all.ts).
import {hint} from '../model/command-hint.ts'
import type {Cluster} from '../model/ports.ts'
import {HlError} from '../model/errors.ts'
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

/**
 * Throws away the data of a node that is primary without the lease and rebuilds it as a standby. Rewinding is not
 * enough: the next real promotion gives the number of its timeline out again, and pg_rewind keeps WAL segments of it
 * that it read (PostgreSQL 17). Such a standby would replay the wrong WAL later ("unexpected timeline ID") and never
 * stream again. Works in maintenance mode.
 */
export async function rebuildIntruder(cluster: Cluster, member: string): Promise<string | null> {
  const {lease, members} = await cluster.state()
  const role = members.find(candidate => candidate.name === member)?.role
  if (role !== 'primary' || lease.owner === null || lease.owner === member) return null
  const result = await cluster.exec(member, ['patronictl', 'reinit', cluster.name, member, '--force'], {
    user: 'postgres',
    timeoutMs: 60_000,
  })
  if (result.exitCode === 0 && result.stdout.includes('Success'))
    return `${member}: primary without the lease, being rebuilt`
  throw new HlError(
    'HEAL_FAILED',
    `${member} could not be rebuilt: ${`${result.stdout}${result.stderr}`.trim().slice(-300)}`,
    {next: [hint('logs', {args: [member], lab: cluster.lab}), hint('down', {lab: cluster.lab})]},
  )
}

export async function endMaintenance(cluster: Cluster): Promise<string | null> {
  if (!(await cluster.state()).paused) return null
  await cluster.setMaintenance(false)
  return 'maintenance mode off'
}

/** etcd that ran out of room takes no writes until somebody says that there is room again. */
export async function disarm(cluster: Cluster, member: string): Promise<string | null> {
  const etcdctl = async (...argv: readonly string[]) =>
    cluster.exec(member, ['etcdctl', ...argv], {user: 'root', timeoutMs: 10_000})
  // One that does not answer is told as such elsewhere.
  const armed = (await etcdctl('alarm', 'list').catch(() => null))?.stdout.trim() ?? ''
  if (!armed.includes('alarm:')) return null
  const {exitCode, stdout, stderr} = await etcdctl('alarm', 'disarm')
  if (exitCode === 0) return `etcd: ${armed.split('\n').join(', ')} disarmed`
  throw new HlError('HEAL_FAILED', `the alarm of etcd stays: ${`${stdout}${stderr}`.trim().slice(-300)}`, {
    next: [hint('logs', {args: [member], lab: cluster.lab})],
  })
}
