// Of replication: who streams, how far behind, what slots keep, what would be lost now. PURE. Not here: the other
// families (metric-table.ts).
import {gauge, perCluster, perMember, type Metric} from './metric.ts'

const perSlot = [...perMember, 'slot', 'kind'] as const

export const replicationMetrics = {
  hl_replication_receiver_up: gauge(
    'boolean',
    'postgres',
    perMember,
    '1: the WAL receiver of the standby streams. A cut line is seen after wal_receiver_timeout',
  ),
  hl_replication_sync: gauge('boolean', 'postgres', perMember, '1: the one primary waits for this standby at commit'),
  hl_replication_lag_bytes: gauge(
    'bytes',
    'postgres',
    perMember,
    'WAL of the one primary that the standby has not received, by the positions that both tell. Absent on another timeline',
  ),
  hl_replication_replay_lag_bytes: gauge(
    'bytes',
    'postgres',
    perMember,
    'WAL that the standby has received and not replayed',
  ),
  hl_replication_lag_seconds: gauge(
    'seconds',
    'postgres',
    perMember,
    'For how long, at least, the standby has not shown a transaction that ended on the one primary; 0 where none is missing, so on an idle primary. To the scrape interval',
  ),
  hl_slot_active: gauge('boolean', 'postgres', perSlot, '1: somebody reads from the slot'),
  hl_slot_retained_bytes: gauge(
    'bytes',
    'postgres',
    perSlot,
    'WAL that the slot keeps; absent for one that keeps none',
  ),
  hl_slot_lost: gauge(
    'boolean',
    'postgres',
    perSlot,
    '1: WAL that the slot needs is gone, and nobody can read from it any more',
  ),
  hl_rpo_exposure_bytes: gauge(
    'bytes',
    'postgres',
    [...perCluster, 'path'],
    'WAL that would be lost now. path: standby, with the one primary (nothing of it was acknowledged while replication is synchronous); archive, with all members',
  ),
  hl_rpo_exposure_seconds: gauge(
    'seconds',
    'postgres',
    [...perCluster, 'path'],
    'Age, at least, of the oldest transaction that would be lost now; 0 where none would. To the scrape interval',
  ),
} as const satisfies Readonly<Record<string, Metric>>
