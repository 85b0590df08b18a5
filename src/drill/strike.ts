// The disasters, done. Invariant: what is told as the moment of the disaster is when it took effect, never when it was
// prepared. Not here: the bad statements (victim.ts).
import type {Disaster, DrillRecord} from '../model/drill.ts'
import {HlError, unreachable} from '../model/errors.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import type {DrillWorld} from './drill-world.ts'
import type {Progress} from './progress.ts'
import {hitVictim, victimTable} from './victim.ts'

type Moment = NonNullable<DrillRecord['disaster']>

/** Strikes, and notes when and whom. */
export async function strike(disaster: Disaster, world: DrillWorld, progress: Progress): Promise<string> {
  progress.kind = disaster
  const describe = describeDisaster(disaster)
  const {primary} = await world.cluster.state()
  if (primary === null) throw new HlError('LAB_UNHEALTHY', 'there is no primary to strike', {next: ['hl status']})
  if (disaster.kind === 'lose-primary-volume' || disaster.kind === 'corrupt-page') progress.struck = primary
  progress.disaster = {describe, ...(await happen(disaster, world, primary))}
  return describe
}

async function happen(
  disaster: Disaster,
  {cluster, clock, sql}: DrillWorld,
  primary: string,
): Promise<Omit<Moment, 'describe'>> {
  switch (disaster.kind) {
    case 'drop-table':
    case 'update-without-where':
      return hitVictim(sql, clock, disaster.kind)
    case 'lose-primary-volume':
      return lose(cluster, clock, [primary], await sql('SELECT pg_current_wal_flush_lsn()'), 'wipe')
    case 'lose-cluster':
      return lose(
        cluster,
        clock,
        [...cluster.members, ...cluster.dcsMembers],
        await sql('SELECT pg_current_wal_flush_lsn()'),
        'destroy',
      )
    case 'corrupt-page':
      return corruptPage(cluster, clock, primary)
    default:
      return unreachable(disaster)
  }
}

async function lose(
  cluster: Cluster,
  clock: Clock,
  services: readonly string[],
  atLsn: string | null,
  how: 'wipe' | 'destroy',
): Promise<Omit<Moment, 'describe'>> {
  const invokedMs = clock.nowMs()
  await Promise.all(services.map(async service => cluster.kill(service)))
  const completedMs = clock.nowMs()
  await Promise.all(services.map(async service => cluster[how](service)))
  return {invokedMs, completedMs, atLsn}
}

/**
 * What memory holds of the table hides what lies on disk, and would be written over it, so all of it is evicted first,
 * by PostgreSQL's own means.
 */
async function corruptPage(cluster: Cluster, clock: Clock, primary: string): Promise<Omit<Moment, 'describe'>> {
  const run = async (argv: readonly string[]): Promise<string> => {
    const {exitCode, stdout, stderr} = await cluster.exec(primary, argv, {user: 'postgres', timeoutMs: 60_000})
    if (exitCode !== 0)
      throw new HlError('LAB_UNHEALTHY', `a page of ${primary} could not be damaged: ${stderr.trim().slice(-300)}`, {
        next: [`hl logs ${primary}`],
      })
    return stdout.trim()
  }
  const ask = async (sql: string): Promise<string> =>
    run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', 'hl', '-c', sql])
  await ask('CREATE EXTENSION IF NOT EXISTS pg_buffercache')
  await ask('CHECKPOINT')
  const inMemory = `FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('${victimTable}') AND reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`
  await ask(`SELECT count(pg_buffercache_evict(bufferid)) ${inMemory}`)
  const left = await ask(`SELECT count(*) ${inMemory}`)
  if (left !== '0')
    throw new HlError(
      'FAULT_UNAVAILABLE',
      `${left} pages of ${victimTable} stay in the memory of ${primary}, and would hide the damage`,
      {next: ['run the drill again']},
    )
  const file = await ask(`SELECT current_setting('data_directory') || '/' || pg_relation_filepath('${victimTable}')`)
  const invokedMs = clock.nowMs()
  await run([
    'sh',
    '-euc',
    'printf "\\377\\376\\375" | dd of="$1" bs=1 seek=28000 conv=notrunc,fsync status=none',
    'sh',
    file,
  ])
  const completedMs = clock.nowMs()
  await ask('DROP EXTENSION pg_buffercache')
  return {invokedMs, completedMs, atLsn: await ask('SELECT pg_current_wal_lsn()')}
}

/** For people. */
export function describeDisaster(disaster: Disaster): string {
  switch (disaster.kind) {
    case 'drop-table':
      return 'DROP TABLE on a table that is needed'
    case 'update-without-where':
      return 'UPDATE without WHERE'
    case 'lose-primary-volume':
      return 'the primary and its volume are gone'
    case 'lose-cluster':
      return 'every node, its volume and etcd are gone at one moment'
    case 'corrupt-page':
      return 'a page of a table is damaged on the disk of the primary'
    default:
      return unreachable(disaster)
  }
}
