// A backup during which the primary is killed, and what the catalog says of it afterwards. Invariant: the drill goes on
// only when the server itself said that files were being copied when the primary was gone; a kill that came too early
// or too late proves nothing. Not here: taking and verifying backups (src/backup), judging (src/measure/drill).
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import type {Check} from '../model/verdict.ts'
import type {CheckedBackup, DrillWorld} from './drill-world.ts'
import type {Progress} from './progress.ts'

/** It is slow enough for the kill to come in its middle. */
const duringFailoverRate = '8M'
const copyingMs = 60_000
const everyMs = 50

/** How a backup came out: its name, or what it failed of. */
export type Outcome = {readonly id: string} | {readonly failure: string}

/** The backup is there whole, or it failed by name; the killed node comes back, and another backup is taken. */
export async function backupDuringFailover(world: DrillWorld, progress: Progress): Promise<string> {
  const {cluster, takeBackup} = world
  const {primary} = await cluster.state()
  if (primary === null)
    throw new HlError('LAB_UNHEALTHY', 'there is no primary to fail over from', {next: ['hl status']})
  const before = (await world.checkBackups()).map(({id}) => id)
  const underWay = outcomeOf(takeBackup('full', duringFailoverRate))
  const ended = {yet: false}
  // Whatever ends this step first, nobody else hears of it.
  underWay.catch(() => undefined).finally(() => void (ended.yet = true))
  const source = await untilCopying(world, primary, ended)
  await cluster.kill(primary)
  const hit = await copies(cluster, source)
  const outcome = await underWay
  await cluster.start(primary)
  await world.untilHealthy()
  if (!hit)
    throw new HlError(
      'FAULT_UNAVAILABLE',
      `the backup of ${source} copied nothing any more when ${primary} was gone, so the failover did not hit it`,
      {next: ['run the drill again: its backup was faster than the kill']},
    )
  const next = await outcomeOf(takeBackup('full'))
  const check = checkCatalog({before, outcome, next, listed: await world.checkBackups()})
  progress.found.push(check)
  return `${tell(outcome)}; after the failover: ${tell(next)}`
}

/** BACKUP_FAILED is an outcome, everything else an error. */
async function outcomeOf(backup: ReturnType<DrillWorld['takeBackup']>): Promise<Outcome> {
  return backup.then(
    ({id}) => ({id}),
    (error: unknown) => {
      if (error instanceof HlError && error.code === 'BACKUP_FAILED') return {failure: error.message}
      throw error
    },
  )
}

const tell = (outcome: Outcome): string =>
  'id' in outcome ? `${outcome.id} was completed` : `the backup failed: ${outcome.failure}`

/** The member that files are copied from. */
async function untilCopying(
  {cluster, clock, signal}: DrillWorld,
  primary: string,
  ended: {readonly yet: boolean},
): Promise<string> {
  const standbys = cluster.members.filter(member => member !== primary)
  const untilMs = clock.nowMs() + copyingMs
  for (;;) {
    for (const member of standbys) if (await copies(cluster, member)) return member
    if (ended.yet || clock.nowMs() >= untilMs)
      throw new HlError(
        'FAULT_UNAVAILABLE',
        `no backup of ${standbys.join(' or ')} was seen copying files, so there was none to hit`,
        {next: ['hl backups', 'run the drill again']},
      )
    await clock.wait(everyMs, signal)
  }
}

/** Before that phase the server waits for a checkpoint, after it for WAL: neither is the copying that must be hit. */
async function copies(cluster: Cluster, member: string): Promise<boolean> {
  const {stdout} = await cluster.exec(
    member,
    [
      'psql',
      '-X',
      '-A',
      '-t',
      '-d',
      'postgres',
      '-c',
      `SELECT count(*) FROM pg_stat_progress_basebackup WHERE phase = 'streaming database files'`,
    ],
    {user: 'postgres', timeoutMs: 30_000},
  )
  return Number(stdout.trim()) > 0
}

/**
 * PURE. `before`: what the catalog listed when the backup began; `outcome`: of the one that the failover hit; `next`:
 * of the one after it.
 */
export function checkCatalog({
  before,
  outcome,
  next,
  listed,
}: {
  readonly before: readonly string[]
  readonly outcome: Outcome
  readonly next: Outcome
  readonly listed: readonly CheckedBackup[]
}): Check {
  const taken = [outcome, next].flatMap(each => ('id' in each ? [each.id] : []))
  const problems = [
    ...listed.filter(({ok}) => !ok).map(({id, detail}) => `${id} is listed and is not whole: ${detail}`),
    ...listed
      .filter(({id}) => !before.includes(id) && !taken.includes(id))
      .map(({id}) => `${id} is listed, and no backup of that name was completed`),
    ...[...before, ...taken]
      .filter(id => listed.every(backup => backup.id !== id))
      .map(id => `${id} was completed and is not listed`),
    ...('id' in next ? [] : [`the next backup failed: ${next.failure}`]),
  ]
  return {
    name: 'backups-whole',
    verdict: problems.length === 0 ? 'pass' : 'fail',
    detail:
      problems.length === 0
        ? `the backup that the failover hit ${'id' in outcome ? 'is whole' : 'failed by name and is not listed'}; the ${listed.length} that are listed are what their manifests say`
        : problems.join('; '),
  }
}
