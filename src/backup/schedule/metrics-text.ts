// PURE: the state of a lab's backups as Prometheus text, for the textfile collector of node_exporter. Invariants: times
// are timestamps, never ages; no label grows with the number of backups; what is not known is left out, never zero. Not
// here: writing the file (cli), alerts.
import {backupKinds, type ArchiveListing, type BackupRecord} from '../../model/backup.ts'
import {knownBad} from '../catalog/physical-backups.ts'
import {parseTime} from '../restore/parse-time.ts'
import {reachableWindows} from '../restore/reachable-windows.ts'
import {gapsIn} from '../wal/archive-gaps.ts'
import {countOf, type Outcome} from './decide-due.ts'

export interface MetricsInput {
  readonly cluster: string
  readonly listing: ArchiveListing
  readonly outcomes: readonly Outcome[]
  readonly lagBytes: number | null
  /** Commit time of the last transaction that the archive surely holds. */
  readonly lastCommitEpochMs: number | null
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** What a verification looked at: l1 the stored bytes, l3 a restored server. */
const levels = [
  ['verify', 'l1'],
  ['verify-restore', 'l3'],
] as const

/** Ends with a line break, as the format demands. */
export function metricsText(input: MetricsInput): string {
  const families = [...backupFamilies(input), ...archiveFamilies(input), ...verifyFamilies(input)].filter(
    ({samples}) => samples.length > 0,
  )
  return families
    .map(({name, type, help, samples}) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(sample => lineOf(name, input.cluster, sample)),
        '',
      ].join('\n'),
    )
    .join('')
}

function backupFamilies({listing, outcomes}: MetricsInput): readonly Family[] {
  const newest = backupKinds.flatMap(kind => {
    const record = listing.backups
      .filter(one => one.kind === kind)
      .toSorted((a, b) => stoppedMs(a) - stoppedMs(b))
      .at(-1)
    return record === undefined ? [] : [{kind, record}]
  })
  return [
    {
      name: 'hl_backup_last_success_timestamp_seconds',
      type: 'gauge',
      help: 'End of the newest backup.',
      samples: newest.map(({kind, record}) => [{type: kind}, stoppedMs(record) / 1_000]),
    },
    {
      name: 'hl_backup_last_attempt_timestamp_seconds',
      type: 'gauge',
      help: 'When the schedule last tried to take one.',
      samples: backupKinds.flatMap(kind => lastAt(outcomes, kind).map((at): Sample => [{type: kind}, at])),
    },
    {
      name: 'hl_backup_runs_total',
      type: 'counter',
      help: 'Backups that the schedule took or failed to take.',
      samples: backupKinds.flatMap(kind => runs(outcomes, kind, {type: kind})),
    },
    {
      name: 'hl_backup_size_bytes',
      type: 'gauge',
      help: 'Size of the newest backup.',
      samples: newest.flatMap(({kind, record}): readonly Sample[] => [
        [{type: kind, kind: 'logical'}, record.bytes.logical],
        [{type: kind, kind: 'stored'}, record.bytes.stored],
      ]),
    },
    {
      name: 'hl_backup_damaged',
      type: 'gauge',
      help: 'Backups whose last verification failed.',
      samples: [[{}, listing.backups.filter(knownBad).length]],
    },
  ]
}

function archiveFamilies({listing, lagBytes, lastCommitEpochMs}: MetricsInput): readonly Family[] {
  const window = reachableWindows(listing).at(-1)
  const startMs = parseTime(window?.fromTime ?? '')
  return [
    {
      name: 'hl_archive_lag_bytes',
      type: 'gauge',
      help: 'WAL that the primary has written and the archive does not hold without a gap.',
      samples: lagBytes === null ? [] : [[{}, lagBytes]],
    },
    {
      name: 'hl_archive_missing_segments',
      type: 'gauge',
      help: 'Segments that are missing with later ones behind them.',
      samples: [[{}, gapsIn(listing).reduce((sum, {segments}) => sum + segments, 0)]],
    },
    {
      name: 'hl_recovery_window_start_timestamp_seconds',
      type: 'gauge',
      help: 'From when on every moment can be restored.',
      samples: startMs === null ? [] : [[{}, startMs / 1_000]],
    },
    {
      name: 'hl_recovery_window_end_timestamp_seconds',
      type: 'gauge',
      help: 'Commit time of the last transaction that can surely be restored.',
      samples:
        startMs === null || lastCommitEpochMs === null ? [] : [[{}, Math.max(startMs, lastCommitEpochMs) / 1_000]],
    },
  ]
}

function verifyFamilies({outcomes}: MetricsInput): readonly Family[] {
  return [
    {
      name: 'hl_verify_last_success_timestamp_seconds',
      type: 'gauge',
      help: 'When a verification last passed: l1 of stored bytes, l3 of a restored server.',
      samples: levels.flatMap(([task, level]) =>
        lastAt(
          outcomes.filter(({ok}) => ok),
          task,
        ).map((at): Sample => [{level}, at]),
      ),
    },
    {
      name: 'hl_verify_runs_total',
      type: 'counter',
      help: 'Verifications of the schedule.',
      samples: levels.flatMap(([task, level]) => runs(outcomes, task, {level})),
    },
  ]
}

function lastAt(outcomes: readonly Outcome[], name: string): readonly number[] {
  const at = parseTime(outcomes.findLast(({task}) => task === name)?.at ?? '')
  return at === null ? [] : [at / 1_000]
}

function runs(outcomes: readonly Outcome[], name: string, labels: Readonly<Record<string, string>>): readonly Sample[] {
  const mine = outcomes.filter(({task}) => task === name)
  return mine.length === 0
    ? []
    : [
        [{...labels, result: 'success'}, countOf(mine.filter(({ok}) => ok))],
        [{...labels, result: 'failure'}, countOf(mine.filter(({ok}) => !ok))],
      ]
}

function stoppedMs({stoppedAt}: BackupRecord): number {
  return parseTime(stoppedAt) ?? 0
}

function lineOf(name: string, cluster: string, [labels, value]: Sample): string {
  const text = Object.entries({cluster, ...labels})
    .map(([key, label]) => `${key}="${label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join(',')
  return `${name}{${text}} ${value}`
}
