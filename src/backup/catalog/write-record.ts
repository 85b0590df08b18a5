// Writes backup.json. Invariant: a backup is in the catalog whole or not at all. Not here: reading it
// (parse-backup.ts).
import type {BackupRecord} from '../../model/backup.ts'
import type {Cluster} from '../../model/ports.ts'
import {runFor} from '../in-archive.ts'

/** A draft of gigabytes is made durable before it gets its name. */
const commitMs = 4 * 3_600_000

/** Gives the draft of that id its name and its record. */
export async function commitRecord(cluster: Cluster, record: BackupRecord): Promise<void> {
  await runFor(cluster, ['backup-commit', record.systemIdentifier, record.id], {
    timeoutMs: commitMs,
    stdin: JSON.stringify(record, null, 2),
  })
}

/** Of a backup that is in the catalog already: pinned, labelled, verified. */
export async function updateRecord(cluster: Cluster, record: BackupRecord): Promise<void> {
  await runFor(cluster, ['backup-commit', '--record', record.systemIdentifier, record.id], {
    stdin: JSON.stringify(record, null, 2),
  })
}
