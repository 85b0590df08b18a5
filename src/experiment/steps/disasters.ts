// The disasters, done.
import {hint} from '../../model/command-hint.ts'
import {HlError, unreachable} from '../../model/errors.ts'
import type {Cluster} from '../../model/ports.ts'
import type {Disaster} from '../../model/scenario.ts'
import type {Moments} from './disaster-moments.ts'
import type {World} from '../world.ts'
import type {StepContext} from './step-kind.ts'
import {hitVictim, victimTable} from './victim.ts'

/** `primary`: who is it now. */
export async function causeDisaster(
  disaster: Disaster,
  primary: string,
  {world, signal}: Pick<StepContext, 'world' | 'signal'>,
  moments: Moments,
): Promise<void> {
  const {cluster, clock, recovery, otherShards} = world
  switch (disaster.kind) {
    case 'drop-table':
    case 'update-without-where':
      return hitVictim(recovery.sql, {clock, signal}, disaster.kind, moments)
    case 'lose-primary-volume':
    case 'lose-cluster':
    case 'lose-shard': {
      const atLsn = await recovery.sql('SELECT pg_current_wal_flush_lsn()')
      signal.throwIfAborted()
      if (disaster.kind === 'lose-primary-volume') return lose([{cluster, service: primary}], 'wipe', atLsn, moments)
      if (disaster.kind === 'lose-shard') return lose(membersOf(cluster), 'wipe', atLsn, moments)
      return lose(everyNode(cluster, otherShards), 'destroy', atLsn, moments)
    }
    case 'corrupt-page':
      return corruptPage(cluster, primary, signal, moments)
    default:
      return unreachable(disaster)
  }
}

interface Node {
  readonly cluster: Pick<Cluster, 'kill' | 'wipe' | 'destroy'>
  readonly service: string
}

const membersOf = (cluster: Node['cluster'] & Pick<Cluster, 'members'>): readonly Node[] =>
  cluster.members.map(service => ({cluster, service}))

/** The shards of a lab share their DCS. */
function everyNode(cluster: Cluster, others: World['otherShards']): readonly Node[] {
  return [...[cluster, ...others].flatMap(membersOf), ...cluster.dcsMembers.map(service => ({cluster, service}))]
}

/** Ctrl-C does not cut this short: half a loss is none that a scenario is about. */
async function lose(
  nodes: readonly Node[],
  how: 'wipe' | 'destroy',
  atLsn: string | null,
  {commanded, done}: Moments,
): Promise<void> {
  commanded()
  await Promise.all(nodes.map(async ({cluster, service}) => cluster.kill(service)))
  done(atLsn)
  await Promise.all(nodes.map(async ({cluster, service}) => cluster[how](service)))
}

/**
 * What memory holds of the table hides what lies on disk, and would be written over it, so all of it is evicted first,
 * by PostgreSQL's own means.
 */
async function corruptPage(
  cluster: Cluster,
  primary: string,
  signal: AbortSignal,
  {commanded, done}: Moments,
): Promise<void> {
  const run = async (argv: readonly string[]): Promise<string> => {
    const {exitCode, stdout, stderr} = await cluster.exec(primary, argv, {user: 'postgres', timeoutMs: 60_000})
    if (exitCode !== 0)
      throw new HlError('LAB_UNHEALTHY', `a page of ${primary} could not be damaged: ${stderr.trim().slice(-300)}`, {
        next: [hint('logs', {args: [primary], lab: cluster.lab})],
      })
    return stdout.trim()
  }
  const ask = async (sql: string): Promise<string> =>
    run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', 'hl', '-c', sql])
  await ask('CREATE EXTENSION IF NOT EXISTS pg_buffercache')
  await ask('CHECKPOINT')
  const inMemory =
    `FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('${victimTable}') AND reldatabase = (SELECT oid ` +
    'FROM pg_database WHERE datname = current_database())'
  await ask(`SELECT count(pg_buffercache_evict(bufferid)) ${inMemory}`)
  const left = await ask(`SELECT count(*) ${inMemory}`)
  if (left !== '0')
    throw new HlError(
      'FAULT_UNAVAILABLE',
      `${left} pages of ${victimTable} stay in the memory of ${primary}, and would hide the damage`,
      {next: ['run it again']},
    )
  const file = await ask(`SELECT current_setting('data_directory') || '/' || pg_relation_filepath('${victimTable}')`)
  const atLsn = await ask('SELECT pg_current_wal_lsn()')
  signal.throwIfAborted()
  commanded()
  await run([
    'sh',
    '-euc',
    'printf "\\377\\376\\375" | dd of="$1" bs=1 seek=28000 conv=notrunc,fsync status=none',
    'sh',
    file,
  ])
  done(atLsn)
  await ask('DROP EXTENSION pg_buffercache')
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
    case 'lose-shard':
      return 'every node of the shard and its volume are gone at one moment'
    case 'corrupt-page':
      return 'a page of a table is damaged on the disk of the primary'
    default:
      return unreachable(disaster)
  }
}
