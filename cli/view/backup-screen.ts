// One backup as text. PURE. Not here: the table of all backups (cli/commands/backups/list.ts).
import type {BackupRecord} from '../../src/model/backup.ts'
import {formatMs} from '../../src/model/time.ts'
import {formatBytes} from '../../src/report/quantity.ts'

/** One line for each thing that the catalog knows. */
export function backupScreen(backup: BackupRecord): string {
  const {verified, bytes} = backup
  const rows: readonly (readonly [string, string])[] = [
    ['backup', backup.id],
    ['kind', backup.parent === null ? backup.kind : `${backup.kind}, on ${backup.parent}`],
    ['taken', `${backup.startedAt} to ${backup.stoppedAt} (${formatMs(backup.durationMs)}) from ${backup.node}`],
    ['cluster', `${backup.systemIdentifier}, PostgreSQL ${backup.serverVersion}`],
    ...(backup.startLsn === null ? [] : [['wal', `from ${backup.startLsn}, consistent from ${backup.stopLsn ?? '?'}, timeline ${backup.timeline ?? '?'}`] as const]),
    ['size', `${formatBytes(bytes.logical)}, stored ${formatBytes(bytes.stored)} (compression ${backup.compression})`],
    ['verified', verified === null ? 'never' : `${verified.ok ? 'ok' : 'DAMAGED'} at ${verified.at}: ${verified.detail}`],
    ['kept', [backup.pinned ? 'pinned: retention never removes it' : 'as retention decides', ...backup.labels.map(label => `label ${label}`)].join('; ')],
  ]
  return rows.map(([name, value]) => `${name.padEnd(10)}${value}`).join('\n')
}
