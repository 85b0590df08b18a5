// The two programs that fill a draft on the archive node: pg_basebackup and pg_dump. Not here: an encrypted archive, to
// which the node itself hands its backup (take-encrypted.ts).
import type {Cluster, ExecResult} from '../model/ports.ts'
import type {Dumpable} from './require-dumpable.ts'

/** Long enough for a lab's data at a low rate. */
export const copyMs = 4 * 3_600_000

export interface BaseBackup {
  readonly draft: string
  /** Of the backup that this one is a difference to. */
  readonly parentManifest: string | null
  readonly checkpoint: 'fast' | 'spread'
  readonly compression: string
  readonly rate?: string | undefined
}

/**
 * WAL is in the backup too, so that it can be restored to its own end even when the archive has lost everything else.
 */
export async function baseBackup(
  cluster: Cluster,
  node: string,
  {draft, parentManifest, checkpoint, compression, rate}: BaseBackup,
): Promise<ExecResult> {
  return cluster.exec(
    'archive',
    [
      'env',
      'PGPASSFILE=/run/hl/pgpass',
      'pg_basebackup',
      '-d',
      `host=${node} user=hl_backup connect_timeout=5 application_name=hl_backup`,
      '-D',
      `${draft}/data`,
      ...(compression === 'none' ? ['-F', 'plain'] : ['-F', 'tar', `--compress=${compression}`]),
      '-c',
      checkpoint,
      '-X',
      'stream',
      '--manifest-checksums=SHA256',
      '--no-password',
      ...(rate === undefined ? [] : [`--max-rate=${rate}`]),
      ...(parentManifest === null ? [] : [`--incremental=${parentManifest}`]),
    ],
    {user: 'postgres', timeoutMs: copyMs, bound: true},
  )
}

/** Lists what a logical backup was when it was taken: what a dump can be read to says nothing of what it held. */
export const dumpHashes = 'files.sha256'

/**
 * The directory format, by two jobs, and what belongs to no database. Passwords are not in it: only a superuser may
 * read them.
 */
export async function dump(
  cluster: Cluster,
  node: string,
  draft: string,
  {hasLargeObjects}: Pick<Dumpable, 'hasLargeObjects'>,
): Promise<ExecResult> {
  const connection = `host=${node} user=hl_backup connect_timeout=5`
  // Only where there are some: a role that may not set it is not let in with it.
  const asReader = hasLargeObjects ? `PGOPTIONS='-c lo_compat_privileges=on' ` : ''
  return cluster.exec(
    'archive',
    [
      'sh',
      '-euc',
      `export PGPASSFILE=/run/hl/pgpass; mkdir ${draft}/data; pg_dumpall -w --globals-only --no-role-passwords -d ` +
        `"${connection} dbname=postgres" >${draft}/data/globals.sql; ${asReader}pg_dump -w -F directory -j 2 -f ` +
        `${draft}/data/hl -d "${connection} dbname=hl"; cd ${draft}/data; find . -type f ! -name ${dumpHashes} ` +
        `-print0 | LC_ALL=C sort -z | xargs -0 sha256sum >${dumpHashes}`,
    ],
    {user: 'postgres', timeoutMs: copyMs, bound: true},
  )
}
