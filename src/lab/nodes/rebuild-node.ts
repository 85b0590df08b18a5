// Makes a member anew from the others: hands over where it is the primary, throws its data away, waits until it streams
// again. Invariant: never without another member that has the data, and the primary's data is never what is thrown
// away. Not here: asking for confirmation (cli).
import {HlError} from '../../model/errors.ts'
import type {Clock, Cluster} from '../../model/ports.ts'

export interface Rebuilt {
  /** null: it was no primary. */
  readonly handedOverTo: string | null
}

const takeOverMs = 60_000
const everyMs = 200

/**
 * Returns when the old data is no longer served, so that what is seen of the member from then on is of the new one;
 * `untilHealthy` tells when it streams. Errors: NODE_UNKNOWN, LAB_UNHEALTHY, PATRONI_REFUSED, TIMEOUT.
 */
export async function rebuildNode(cluster: Cluster, clock: Clock, member: string): Promise<Rebuilt> {
  if (!cluster.members.includes(member))
    throw new HlError('NODE_UNKNOWN', `lab ${cluster.lab} has no member ${member}`, {
      next: [`it has ${cluster.members.join(', ')}`],
    })
  const handedOverTo = await handOver(cluster, clock, member)
  if ((await cluster.containerStatus(member)) === 'stopped') {
    await cluster.wipe(member)
    await cluster.start(member)
    return {handedOverTo}
  }
  await reinitialize(cluster, clock, member)
  return {handedOverTo}
}

async function handOver(cluster: Cluster, clock: Clock, member: string): Promise<string | null> {
  const {primary, members} = await cluster.state()
  if (primary === null)
    throw new HlError('LAB_UNHEALTHY', `lab ${cluster.lab} has no primary that ${member} could be built from`, {
      next: ['hl status', 'hl restore --into <lab> --to latest makes it anew from the archive'],
    })
  if (primary !== member) return null
  if (!members.some(({name, state}) => name !== member && state === 'streaming'))
    throw new HlError('LAB_UNHEALTHY', `${member} is the only one that has the data: no standby streams`, {
      next: ['hl status', 'hl backups create --from primary'],
    })
  await cluster.switchover(member, null)
  return untilElsewhere(cluster, clock, member)
}

async function untilElsewhere(cluster: Cluster, clock: Clock, member: string): Promise<string> {
  const untilMs = clock.nowMs() + takeOverMs
  for (;;) {
    const {primary} = await cluster.state()
    if (primary !== null && primary !== member) return primary
    if (clock.nowMs() >= untilMs)
      throw new HlError('TIMEOUT', `no other member became the primary instead of ${member}`, {next: ['hl status']})
    await clock.wait(everyMs)
  }
}

/** Patroni refuses while the node is still becoming a standby; then it is asked again. */
async function reinitialize(cluster: Cluster, clock: Clock, member: string): Promise<void> {
  const untilMs = clock.nowMs() + takeOverMs
  for (;;) {
    const before = await startedAt(cluster, member)
    const {exitCode, stdout, stderr} = await cluster.exec(member, ['patronictl', 'reinit', 'hl', member, '--force'], {
      user: 'postgres',
      timeoutMs: 60_000,
    })
    if (exitCode === 0 && stdout.includes('Success')) return untilGone(cluster, clock, member, before)
    const said = `${stdout}${stderr}`.trim().slice(-300)
    if (clock.nowMs() >= untilMs)
      throw new HlError('PATRONI_REFUSED', `${member} could not be built anew: ${said}`, {
        next: [`hl logs ${member} --lab ${cluster.lab}`, 'hl status'],
      })
    await clock.wait(everyMs)
  }
}

/** Patroni takes the order first and stops the server then: until it has, the old data streams and looks healthy. */
async function untilGone(cluster: Cluster, clock: Clock, member: string, before: string | null): Promise<void> {
  const untilMs = clock.nowMs() + takeOverMs
  while (before !== null && (await startedAt(cluster, member)) === before) {
    if (clock.nowMs() >= untilMs)
      throw new HlError(
        'TIMEOUT',
        `Patroni was told to build ${member} anew, and it still serves its old data, up since ${before}`,
        {next: [`hl logs ${member} --lab ${cluster.lab}`, 'hl status']},
      )
    await clock.wait(everyMs)
  }
}

/** Tells one run of the server from the next; null while none answers. */
async function startedAt(cluster: Cluster, member: string): Promise<string | null> {
  const {exitCode, stdout} = await cluster.exec(
    member,
    ['psql', '-X', '-A', '-t', '-d', 'postgres', '-c', 'SELECT pg_postmaster_start_time()'],
    {user: 'postgres', timeoutMs: 30_000},
  )
  return exitCode === 0 ? stdout.trim() : null
}
