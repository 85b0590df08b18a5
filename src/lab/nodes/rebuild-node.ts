// Rebuilds a member from the others: hands over where it is the primary, throws its data away, and waits until the old
// data is no longer served. Invariant: never without another member that has the data, and the primary's data is never
// what is thrown away. Not here: asking for confirmation (cli).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {requireMember} from '../lifecycle/lab-description.ts'
import type {Clock, Cluster} from '../../model/ports.ts'
import {awaitUntil, holds, notYet, type Wait} from '../../waiting/await-until.ts'
import {ask} from '../psql.ts'

export interface Rebuilt {
  /** null: it was no primary. */
  readonly handedOverTo: string | null
}

const takeOverMs = 60_000

/**
 * Returns when the old data is no longer served, so that what is seen of the member from then on is of the new one;
 * `untilHealthy` tells when it streams. Errors: NODE_UNKNOWN, LAB_UNHEALTHY, PATRONI_REFUSED, TIMEOUT, or the signal's
 * reason.
 */
export async function rebuildNode(
  cluster: Cluster,
  clock: Clock,
  member: string,
  signal?: AbortSignal,
): Promise<Rebuilt> {
  requireMember(cluster, member)
  const wait = {clock, signal, withinMs: takeOverMs}
  const handedOverTo = await handOver(cluster, member, wait)
  if ((await cluster.containerStatus(member)) === 'stopped') {
    await cluster.wipe(member)
    await cluster.start(member)
    return {handedOverTo}
  }
  const before = await reinitialize(cluster, member, wait)
  if (before !== null) await untilGone(cluster, member, before, wait)
  return {handedOverTo}
}

type Bounds = Pick<Wait, 'clock' | 'signal' | 'withinMs'>

async function handOver(cluster: Cluster, member: string, wait: Bounds): Promise<string | null> {
  const {lab} = cluster
  const {primary, members} = await cluster.state()
  if (primary === null)
    throw new HlError('LAB_UNHEALTHY', `lab ${lab} has no primary that ${member} could be rebuilt from`, {
      next: [
        hint('status', {lab}),
        hint('restore', {flags: {into: '<lab>', to: 'latest'}, lab, why: 'restores it from the archive'}),
      ],
    })
  if (primary !== member) return null
  if (!members.some(({name, state}) => name !== member && state === 'streaming'))
    throw new HlError('LAB_UNHEALTHY', `${member} is the only one that has the data: no standby streams`, {
      next: [hint('status', {lab}), hint('backups create', {flags: {from: 'primary'}, lab})],
    })
  await cluster.switchover(member, null)
  return awaitUntil(
    async () => {
      const now = (await cluster.state()).primary
      return now !== null && now !== member ? holds(now) : notYet(`the primary is ${now ?? 'nobody'}`)
    },
    {...wait, what: `another member than ${member} to be the primary`, next: [hint('status', {lab})]},
  )
}

/**
 * Patroni refuses while the node is still becoming a standby; then it is asked again. Returns since when the server has
 * been up whose data is to go; null when none answered.
 */
async function reinitialize(cluster: Cluster, member: string, wait: Bounds): Promise<string | null> {
  return awaitUntil(
    async () => {
      const before = await startedAt(cluster, member)
      const order = ['patronictl', 'reinit', cluster.name, member, '--force']
      const {exitCode, stdout, stderr} = await cluster.exec(member, order, {user: 'postgres', timeoutMs: 60_000})
      if (exitCode === 0 && stdout.includes('Success')) return holds(before)
      return notYet(`${stdout}${stderr}`.trim().slice(-300))
    },
    {
      ...wait,
      what: `Patroni to rebuild ${member}`,
      code: 'PATRONI_REFUSED',
      next: [hint('logs', {args: [member], lab: cluster.lab}), hint('status', {lab: cluster.lab})],
    },
  )
}

/** Patroni takes the order first and stops the server then: until it has, the old data streams and looks healthy. */
async function untilGone(cluster: Cluster, member: string, before: string, wait: Bounds): Promise<void> {
  await awaitUntil(
    async () =>
      (await startedAt(cluster, member)) === before
        ? notYet(`it still serves its old data, up since ${before}`)
        : holds(undefined),
    {
      ...wait,
      what: `the server of ${member} to stop, since Patroni was told to rebuild it`,
      next: [hint('logs', {args: [member], lab: cluster.lab}), hint('status', {lab: cluster.lab})],
    },
  )
}

/** Tells one run of the server from the next; null while none answers. */
async function startedAt(cluster: Cluster, member: string): Promise<string | null> {
  const {exitCode, stdout} = await ask(cluster, member, 'SELECT pg_postmaster_start_time()')
  return exitCode === 0 ? stdout.trim() : null
}
