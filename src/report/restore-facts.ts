// What a cluster was restored from and to, for people. Invariant: what is not known says so. Not here: why that backup
// was chosen (it comes with the record).
import type {BackupRecord} from '../model/backup.ts'
import type {Report} from '../model/report.ts'
import {formatBytes} from '../model/quantity.ts'
import type {Fact} from './setup-facts.ts'

/** `full 20261124T100000 of pg2, 48 MB, timeline 1, ended 2026-11-24T10:00:05.000Z`. */
export function backupText({kind, id, node, bytes, timeline, stoppedAt}: BackupRecord): string {
  return (
    `${kind} ${id} of ${node}, ${formatBytes(bytes.stored)}${timeline === null ? '' : `, timeline ${timeline}`}, ` +
    `ended ${stoppedAt}`
  )
}

/** The chain, why it, the target, and where the restore ended; none where nothing was restored. */
export function restoreFacts({restore}: Pick<Report, 'restore'>): readonly Fact[] {
  if (restore === null) return []
  const {chain, why, target, copiedBytes, replayedBytes, endLsn, timeline} = restore
  return [
    ...(chain.length === 0
      ? [['backup', 'none is named'] as const]
      : chain.map((backup, index): Fact => [index === 0 ? 'backup' : `then ${index}`, backupText(backup)])),
    ['chosen', why],
    ['target', target],
    [
      'restored',
      `${formatBytes(copiedBytes)} copied, ${formatBytes(replayedBytes)} of WAL replayed up to ${endLsn}, goes on ` +
        `as timeline ${timeline}`,
    ],
  ]
}
