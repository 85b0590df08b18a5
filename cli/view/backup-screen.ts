// Backups as text: one, all, what a verification found. PURE.
import {hint, hintText} from '../../src/model/command-hint.ts'
import type {Cluster} from '../../src/model/ports.ts'
import type {BackupRecord} from '../../src/model/backup.ts'
import {formatMs} from '../../src/model/time.ts'
import {formatBytes, plural} from '../../src/model/quantity.ts'
import type {WalReading} from '../../src/backup/read-wal.ts'
import type {Verification} from '../../src/backup/verify/verify-by-restoring.ts'
import type {Pruning} from '../../src/recovery/prune-backups.ts'
import type {VerifiedBackups, VerifyResult} from '../../src/recovery/verify-backups.ts'
import type {Column} from './table.ts'

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

/** The cluster that hints are about. */
type Whose = Pick<Cluster, 'lab' | 'name'>

/** What a restore on a scratch container showed: a line for each check. */
function verificationScreen({record, target, verdict: all, checks}: Verification, of: Whose): string {
  return [
    `${{pass: 'ok      ', fail: 'FAILED  ', unknown: 'UNKNOWN '}[all]} ${record.id}, restored to ${target}`,
    ...checks.map(
      ({name, verdict, detail}) => `  ${{pass: 'ok  ', fail: 'FAIL', unknown: '?   '}[verdict]} ${name}: ${detail}`,
    ),
    ...(record.content === undefined
      ? [
          '  no content was recorded with it, so rows were not compared ' +
            `(${hintText(hint('backups create', {flags: {content: true}}), of.lab, of.name)})`,
        ]
      : []),
  ].join('\n')
}

/** For whoever stops hl while it has paused the replay of a standby. */
export const resumeReplay = hint('psql', {
  args: ['SELECT pg_wal_replay_resume()'],
  flags: {node: '<standby>'},
  why: 'goes on with its replay if that stands still',
})

/** What was taken. */
export function takenText({kind, id, node, bytes, durationMs, stopLsn, content}: BackupRecord, of: Whose): string {
  const compare = hint('backups verify', {args: [id], flags: {restore: true}})
  return [
    `${kind} backup ${id} from ${node}: ${formatBytes(bytes.stored)} in ` +
      `${formatMs(durationMs)}${stopLsn === null ? '' : `, consistent from ${stopLsn}`}`,
    ...(content === undefined
      ? []
      : [
          `content of ${plural(content.tables.length, 'table')} recorded at ${content.lsn} on ${content.node}: ` +
            `${hintText(compare, of.lab, of.name)} compares a restore with it`,
        ]),
  ].join('\n')
}

/** What came of verifying one. */
export function verifiedText(result: VerifyResult, of: Whose): string {
  if (result.how === 'restored') return verificationScreen(result, of)
  if (result.how === 'read') return verifiedLine(result.record)
  const {backup, code, message, next} = result
  return [`NOT VERIFIED ${backup}: ${code}: ${message}`, ...next.map(line => `  ${line}`)].join('\n')
}

/** What was seen of the archive behind its backups: its WAL, and what of it cannot be relied on. */
export function archiveLines({wal, gaps, faults}: Omit<VerifiedBackups, 'results'>): readonly string[] {
  return [...wal.map(walText), ...gaps.map(text => `GAP      ${text}`), ...faults.map(text => `DAMAGED  ${text}`)]
}

function walText({files, bytes, read, closed, damaged}: WalReading): string {
  const opened = closed === 0 ? '' : `; ${plural(closed, 'encrypted one')} by their hash alone (--decrypt reads them)`
  return (
    `${damaged.length === 0 ? 'ok      ' : 'DAMAGED '} WAL: ${plural(files, 'file')}, ${formatBytes(bytes)}; the ` +
    `records of ${plural(read, 'segment')} were read now, those of the others before${opened}`
  )
}

/** What its last verification said. */
function verifiedLine({id, verified}: BackupRecord): string {
  return (
    `${verified?.ok === true ? 'ok      ' : 'DAMAGED '} ${id}: ` +
    `${verified?.detail ?? ''}${verified?.restored?.ok === false ? `; its last restore failed: ${verified.restored.detail}` : ''}`
  )
}

export const backupColumns: readonly Column[] = [
  {name: 'BACKUP'},
  {name: 'KIND'},
  {name: 'TAKEN'},
  {name: 'FROM'},
  {name: 'TL', align: 'right'},
  {name: 'CONSISTENT FROM'},
  {name: 'SIZE', align: 'right'},
  {name: 'VERIFIED'},
  {name: 'NOTE'},
]

/** A row of the table of all backups. */
export function backupRow(backup: BackupRecord): readonly string[] {
  const verified =
    backup.verified === null
      ? 'never'
      : backup.verified.ok
        ? `${backup.verified.at.slice(0, 16)}${backup.verified.restored === undefined ? '' : ' restored'}`
        : backup.verified.restored?.ok === false
          ? 'RESTORE FAILED'
          : 'DAMAGED'
  const note = [
    backup.pinned ? 'pinned' : '',
    backup.parent === null ? '' : `on ${backup.parent}`,
    backup.content === undefined ? '' : 'with content',
    ...backup.labels,
  ]
    .filter(word => word !== '')
    .join(', ')
  return [
    backup.id,
    backup.kind,
    backup.stoppedAt.slice(0, 19),
    backup.node,
    String(backup.timeline ?? '-'),
    backup.stopLsn ?? '-',
    formatBytes(backup.bytes.stored),
    verified,
    note,
  ]
}

/** What retention keeps and removes; `removed`: it goes now. */
export function pruningScreen(prunings: readonly Pruning[], removed: boolean): string {
  const removes = removed ? 'removes' : 'would remove'
  return prunings
    .flatMap(({remove, keep, removeWal}) => [
      ...remove.map(({id, why}) => `${removes} ${id}: ${why}`),
      ...keep.map(({id, why}) => `keeps ${id}: ${why}`),
      `${removes} ${plural(removeWal.length, 'WAL file')}`,
    ])
    .join('\n')
}
