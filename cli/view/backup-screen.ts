// One backup as text. PURE. Not here: the table of all backups (cli/commands/backups/list.ts).
import type {BackupRecord} from '../../src/model/backup.ts'
import {formatMs} from '../../src/model/time.ts'
import {formatBytes, plural} from '../../src/report/quantity.ts'
import type {Verification} from '../../src/backup/verify/verify-by-restoring.ts'

/** One line for each thing that the catalog knows. */
export function backupScreen(backup: BackupRecord): string {
  const {verified, bytes, content} = backup
  const rows: readonly (readonly [string, string])[] = [
    ['backup', backup.id],
    ['kind', backup.parent === null ? backup.kind : `${backup.kind}, on ${backup.parent}`],
    ['taken', `${backup.startedAt} to ${backup.stoppedAt} (${formatMs(backup.durationMs)}) from ${backup.node}`],
    ['cluster', `${backup.systemIdentifier}, PostgreSQL ${backup.serverVersion}`],
    ...(backup.startLsn === null
      ? []
      : [
          [
            'wal',
            `from ${backup.startLsn}, consistent from ${backup.stopLsn ?? '?'}, timeline ${backup.timeline ?? '?'}`,
          ] as const,
        ]),
    ['size', `${formatBytes(bytes.logical)}, stored ${formatBytes(bytes.stored)} (compression ${backup.compression})`],
    [
      'verified',
      verified === null ? 'never' : `${verified.ok ? 'ok' : 'DAMAGED'} at ${verified.at}: ${verified.detail}`,
    ],
    ...(verified?.restored === undefined
      ? []
      : [
          [
            'restored',
            `${verified.restored.ok ? 'ok' : 'FAILED'} at ${verified.restored.at}: ${verified.restored.detail}`,
          ] as const,
        ]),
    ...(content === undefined
      ? []
      : [
          [
            'content',
            `${plural(content.tables.length, 'table')} with ${plural(
              content.tables.reduce((sum, {rows: count}) => sum + count, 0),
              'row',
            )} at ${content.lsn}, seen on ${content.node}`,
          ] as const,
        ]),
    [
      'kept',
      [
        backup.pinned ? 'pinned: retention never removes it' : 'as retention decides',
        ...backup.labels.map(label => `label ${label}`),
      ].join('; '),
    ],
  ]
  return rows.map(([name, value]) => `${name.padEnd(10)}${value}`).join('\n')
}

/** What a restore on a scratch container showed: a line for each check. */
export function verificationScreen({record, target, ok, checks}: Verification): string {
  return [
    `${ok ? 'ok      ' : 'FAILED  '} ${record.id}, restored to ${target}`,
    ...checks.map(({name, verdict, detail}) => `  ${verdict === 'pass' ? 'ok  ' : 'FAIL'} ${name}: ${detail}`),
    ...(record.content === undefined
      ? [`  no content was recorded with it, so rows were not compared (hl backups create --content)`]
      : []),
  ].join('\n')
}
