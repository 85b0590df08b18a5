// Of the archive, of the backups in it, and of their verification. PURE. Not here: the other families
// (metric-table.ts).
import {counter, gauge, perCluster, perMember, type Metric} from './metric.ts'

export const archiveMetrics = {
  hl_archive_enabled: gauge('boolean', 'exporter', perCluster, '1: the cluster was made with an archive'),
  hl_archive_lag_bytes: gauge(
    'bytes',
    'archive',
    perCluster,
    'WAL that the primary has written and the archive does not hold without a gap',
  ),
  hl_archive_missing_segments: gauge(
    'count',
    'archive',
    perCluster,
    'Segments that are missing, or damaged, with later ones behind them',
  ),
  hl_archiver_failing: gauge(
    'boolean',
    'postgres',
    perMember,
    '1: the last attempt to archive failed, and none has succeeded since',
  ),
  hl_archiver_ready_files: gauge('count', 'postgres', perMember, 'Files that wait for archive_command'),
  hl_archiver_archived_total: counter('postgres', perMember, 'Files for which archive_command said that it succeeded'),
  hl_archiver_failures_total: counter('postgres', perMember, 'Failed attempts of archive_command'),
  hl_recovery_window_start_timestamp_seconds: gauge(
    'timestamp',
    'archive',
    perCluster,
    'From when on every moment can be restored',
  ),
  hl_recovery_window_end_timestamp_seconds: gauge(
    'timestamp',
    'archive',
    perCluster,
    'Commit time of the last transaction that can surely be restored, of whole segments without a gap; not of an encrypted archive',
  ),
  hl_backup_last_success_timestamp_seconds: gauge(
    'timestamp',
    'archive',
    [...perCluster, 'type'],
    'End of the newest backup of the type: full, incremental, logical. One that a verification found damaged does not count',
  ),
  hl_backup_last_duration_seconds: gauge('seconds', 'archive', [...perCluster, 'type'], 'What that backup took'),
  hl_backup_size_bytes: gauge(
    'bytes',
    'archive',
    [...perCluster, 'type', 'kind'],
    'Size of that backup. kind: logical, of the files of the cluster; stored, in the archive',
  ),
  hl_backup_damaged: gauge('count', 'archive', perCluster, 'Backups whose last verification failed'),
  hl_backup_last_attempt_timestamp_seconds: gauge(
    'timestamp',
    'journal',
    [...perCluster, 'type'],
    'When the schedule last tried to take one',
  ),
  hl_backup_runs_total: counter(
    'journal',
    [...perCluster, 'type', 'result'],
    'Backups that the schedule took or failed to take. result: success, failure',
  ),
  hl_verify_last_success_timestamp_seconds: gauge(
    'timestamp',
    'journal',
    [...perCluster, 'level'],
    'When a verification of the schedule last passed. level: l1, the stored bytes; l3, a restored server',
  ),
  hl_verify_last_duration_seconds: gauge(
    'seconds',
    'journal',
    [...perCluster, 'level'],
    'What that verification took; of l3 the restore and its checks',
  ),
  hl_verify_runs_total: counter(
    'journal',
    [...perCluster, 'level', 'result'],
    'Verifications of the schedule. result: success, failure',
  ),
} as const satisfies Readonly<Record<string, Metric>>
