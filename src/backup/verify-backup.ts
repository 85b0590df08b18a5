// Is a stored backup what it was when it was taken? Invariant: verification changes nothing but the note that it was done. It proves bytes, not that a restore works: that is what
// restores and drills are for. Not here: the restore (restore/).
import type {BackupRecord} from '../model/backup.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import {updateRecord} from './take-backup.ts'

const withinMs = 4 * 3_600_000

/** pg_verifybackup against the manifest, WAL included (an incremental one by itself); a logical one by reading its table of contents. Notes the answer in the catalog. */
export async function verifyBackup(cluster: Cluster, clock: Clock, record: BackupRecord): Promise<BackupRecord> {
  const {exitCode, stdout, stderr} = await cluster.exec('archive', ['sh', '-euc', script(record)], {user: 'postgres', timeoutMs: withinMs})
  const detail = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' / ')
  const verified = {at: clock.wallTime(), ok: exitCode === 0, detail}
  const updated = {...record, verified}
  await updateRecord(cluster, updated)
  return updated
}

/** The manifest's own hash is compared with the catalog's: whoever changes a file may change the manifest too. */
function script({systemIdentifier, id, kind, manifestSha256}: BackupRecord): string {
  const folder = `/archive/${systemIdentifier}/backups/${id}`
  if (kind === 'logical') return `pg_restore -l ${folder}/data/hl >/dev/null; pg_restore -f /dev/null ${folder}/data/hl; echo 'the dump can be read to its end'`
  return [
    `echo '${manifestSha256 ?? ''}  ${folder}/data/backup_manifest' | sha256sum -c --status || { echo 'the manifest is not the one that was written' >&2; exit 1; }`,
    `if [ -d ${folder}/data/base ]; then exec pg_verifybackup ${folder}/data; fi`,
    `scratch=$(mktemp -d /archive/.verify.XXXXXX); trap 'rm -rf $scratch' EXIT; mkdir $scratch/pg_wal`,
    `for file in ${folder}/data/*.tar*; do case $(basename $file) in pg_wal.*) tar -xf $file -C $scratch/pg_wal ;; *) tar -xf $file -C $scratch ;; esac; done`,
    `pg_verifybackup -m ${folder}/data/backup_manifest $scratch`,
  ].join('\n')
}
