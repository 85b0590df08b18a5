// What a backup of this product does not carry, looked at before one is begun. Invariant: what would be missing in a
// restore is refused, not found out by it: pg_basebackup writes a tablespace beside its target directory, so in the
// archive node outside the archive, and leaves out whatever else a link leads to with a warning.
// Not here: taking it (take-backup.ts).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import {askMs} from './in-archive.ts'

const data = '/var/lib/postgresql/data'

/** Asked of the node in any of its databases; empty where there are none. */
export const tablespacesQuestion = `SELECT string_agg(quote_ident(spcname) || ' at ' || pg_tablespace_location(oid),
  ', ' ORDER BY spcname) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')`

/** What a logical backup leaves out beside hl: a database that hl itself has no part in. */
export const otherDatabasesQuestion = `SELECT string_agg(quote_ident(datname), ', ' ORDER BY datname) FROM pg_database
  WHERE datname <> 'hl' AND datname <> 'postgres' AND NOT datistemplate`

/**
 * BACKUP_FAILED where the node has tablespaces (the answer to the question above), or links out of its data directory.
 */
export async function requireCarried(cluster: Cluster, node: string, tablespaces: string): Promise<void> {
  if (tablespaces !== '')
    throw refused(`the cluster has tablespaces outside its data directory, ${tablespaces}`, [
      'ALTER TABLE … SET TABLESPACE pg_default (indexes and databases too), then DROP TABLESPACE',
      hint('backups create', {flags: {kind: 'logical'}, lab: cluster.lab, why: 'carries the rows of database hl'}),
    ])
  // WAL is streamed apart, wherever it lies.
  const {exitCode, stdout, stderr} = await cluster.exec(
    node,
    ['find', data, '-type', 'l', '-not', '-path', `${data}/pg_wal`, '-printf', '%P -> %l\\n'],
    {user: 'postgres', timeoutMs: askMs},
  )
  // Files come and go while it looks.
  const failed = stderr.split('\n').filter(line => line !== '' && !line.includes('No such file or directory'))
  if (exitCode !== 0 && (failed.length > 0 || stderr === ''))
    throw new HlError(
      'BACKUP_FAILED',
      `nothing was begun: the data directory of ${node} could not be looked through: ${failed.join(' / ')}`,
      {
        next: [hint('status', {lab: cluster.lab}), hint('logs', {args: [node], lab: cluster.lab})],
      },
    )
  const links = stdout.trim().split('\n').slice(0, 5).join(', ')
  if (links !== '')
    throw refused(`the data directory of ${node} has links that lead out of it, ${links}`, [
      'put in their place what they lead to, while the node is stopped',
    ])
}

function refused(what: string, next: ConstructorParameters<typeof HlError>[2]['next']): HlError {
  return new HlError('BACKUP_FAILED', `nothing was begun: ${what}, and a backup does not carry that`, {next})
}
