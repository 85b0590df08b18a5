// Is a stored backup what it was when it was taken? Invariant: verification changes nothing but the note that it was
// done. It says that the bytes are the same, not that a restore works: that is what restores and drills are for. Not
// here: the restore (restore/).
import type {Answer, BackupRecord} from '../../model/backup.ts'
import type {Clock, Cluster, RestoreNode} from '../../model/ports.ts'
import {dumpHashes} from '../copy-programs.ts'
import {hostFault} from './host-fault.ts'
import {updateRecord} from '../catalog/write-record.ts'

const withinMs = 4 * 3_600_000

/**
 * pg_verifybackup against the manifest, WAL included (an incremental one by itself); a logical one by the hashes of its
 * files, and by reading it to its end. Notes the answer in the catalog.
 * A encrypted one is compared with its hash, and opened where `decrypting` is given, a container that has the key. What
 * was seen inside is in the answer only, for the screen.
 * Errors: DISK_FULL where there was no room to look at it, RESTORE_FAILED where what looked was killed; nothing is
 * noted then.
 */
export async function verifyBackup(
  cluster: Cluster,
  clock: Clock,
  record: BackupRecord,
  decrypting?: RestoreNode,
): Promise<BackupRecord> {
  const opened = decrypting !== undefined && record.encrypted !== undefined
  const answer = {at: clock.wallTime(), ...(await checkStored(cluster, record, decrypting))}
  await updateRecord(
    cluster,
    noteVerified(record, opened ? {...answer, detail: openedDetail(record.id, answer.ok)} : answer, opened),
  )
  return noteVerified(record, answer, opened)
}

/** The same without the note. Throws HostFault where nobody could look. */
export async function checkStored(
  cluster: Cluster,
  record: BackupRecord,
  decrypting?: RestoreNode,
): Promise<Omit<Answer, 'at'>> {
  const options = {user: 'postgres', timeoutMs: withinMs, bound: true}
  const result =
    decrypting !== undefined && record.encrypted !== undefined
      ? await decrypting.exec(['sh', '-euc', openedScript(record, record.encrypted.sha256)], options)
      : await cluster.exec('archive', ['sh', '-euc', script(record)], options)
  const fault = hostFault(result)
  if (fault !== null) throw fault
  const detail = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-3).join(' / ')
  return {ok: result.exitCode === 0, detail}
}

const openedFailed = 'opened: fail'

/**
 * PURE: what the catalog of an encrypted archive says of a backup that was opened: words of what is in it would lie
 * beside it in plain.
 */
export function openedDetail(id: string, ok: boolean): string {
  return ok ? 'opened: pass' : `${openedFailed} (backups verify ${id} --decrypt says why)`
}

/**
 * PURE: the answer of this verification beside those of stronger ones, which it does not undo: the last restore, and
 * unless this one `opened` it, what was found inside.
 */
export function noteVerified(record: BackupRecord, answer: Answer, opened = false): BackupRecord {
  const before = record.verified
  const kept =
    !opened && before?.ok === false && before.detail.startsWith(openedFailed)
      ? {...answer, ok: false, detail: before.detail}
      : answer
  const restored = before?.restored
  return {...record, verified: restored === undefined ? kept : {...kept, ok: kept.ok && restored.ok, restored}}
}

/** The manifest's own hash is compared with the catalog's: whoever changes a file may change the manifest too. */
function script({systemIdentifier, id, kind, manifestSha256, encrypted}: BackupRecord): string {
  const folder = `/archive/${systemIdentifier}/backups/${id}`
  if (encrypted !== undefined)
    return [
      encryptedScript(folder, encrypted.sha256),
      `echo 'the encrypted file is the one that was written; what is in it only the key shows (--decrypt)'`,
    ].join('\n')
  if (kind === 'logical') return logicalScript(`${folder}/data`, manifestSha256)
  return [
    sameManifest(`${folder}/data`, manifestSha256),
    nothingOutside(`${folder}/data`),
    `if [ -d ${folder}/data/base ]; then exec pg_verifybackup ${folder}/data; fi`,
    `scratch=$(mktemp -d /archive/.verify.XXXXXX); trap 'rm -rf $scratch' EXIT; mkdir $scratch/pg_wal`,
    `for file in ${folder}/data/*.tar*; do case $(basename $file) in pg_wal.*) tar -xf $file -C $scratch/pg_wal ` +
      ';; *) tar -xf $file -C $scratch ;; esac; done',
    `pg_verifybackup -m ${folder}/data/backup_manifest $scratch`,
  ].join('\n')
}

/** Every file is the one that was written and none is too many; and it can be read. */
function logicalScript(data: string, sha256: string | null): string {
  const readable = `pg_restore -l hl >/dev/null; pg_restore -f /dev/null hl; echo 'the dump can be read to its end'`
  if (sha256 === null)
    return (
      `cd ${data}; ${readable}; echo 'its files have no hashes to be compared with: it was taken before they were ` +
      `kept'`
    )
  return [
    sameHash(`${data}/${dumpHashes}`, sha256, 'the list of its files is not the one that was written'),
    `cd ${data}; sha256sum --check --strict --quiet ${dumpHashes}`,
    `[ "$(find . -type f | wc -l)" -eq "$(($(wc -l <${dumpHashes}) + 1))" ] || { echo 'there are files that were ` +
      `not written with it' >&2; exit 1; }`,
    readable,
  ].join('\n')
}

/** One file, whatever it was compressed by, and nothing beside it: a hash says nothing of a second one. */
function encryptedScript(folder: string, sha256: string): string {
  return [
    `set -- ${folder}/data/*; encrypted=$1`,
    `case "$# $encrypted" in '1 '*.age) ;; *) echo 'there is not exactly one encrypted file' >&2; exit 1 ;; esac`,
    sameHash('"$encrypted"', sha256, 'the encrypted file is not the one that was written'),
  ].join('\n')
}

/**
 * pg_verifybackup follows links: what they lead to lies in another place, that of the node that was asked, and no
 * restore has it. So do tablespaces, each in a tar file named as its OID.
 */
const nothingOutside = (folder: string): string =>
  [
    `outside=$(find ${folder} -type l -printf '%P -> %l; '; find ${folder} -maxdepth 1 -name '[0-9]*.tar*' ` +
      `-printf 'tablespace %f; ')`,
    '[ -z "$outside" ] || { echo "files of it are not in the archive, so it cannot be restored: $outside" >&2; ' +
      'exit 1; }',
  ].join('\n')

const sameManifest = (folder: string, sha256: string | null): string =>
  sameHash(`${folder}/backup_manifest`, sha256 ?? '', 'the manifest is not the one that was written')

/**
 * On a line of its own the sum ends the script with its own exit code when it is killed; inside a comparison that would
 * look like another hash.
 */
function sameHash(file: string, sha256: string, otherwise: string): string {
  return `sum=$(sha256sum <${file})\n[ "$sum" = '${sha256}  -' ] || { echo '${otherwise}' >&2; exit 1; }`
}

/**
 * The same inside: for a container that has the identity. The manifest's hash in the catalog is that of the plain
 * manifest.
 */
function openedScript({systemIdentifier, id, kind, manifestSha256}: BackupRecord, sha256: string): string {
  return [
    encryptedScript(`/archive/${systemIdentifier}/backups/${id}`, sha256),
    `scratch=$(mktemp -d /tmp/verify.XXXXXX); trap 'rm -rf $scratch' EXIT; decrypt tar "$encrypted" $scratch`,
    ...(kind === 'logical'
      ? [
          `pg_restore -l $scratch/hl >/dev/null; pg_restore -f /dev/null $scratch/hl; echo 'the dump was opened ` +
            `and can be read to its end'`,
        ]
      : [sameManifest('$scratch', manifestSha256), nothingOutside('$scratch'), `pg_verifybackup $scratch`]),
  ].join('\n')
}
