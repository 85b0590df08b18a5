// PURE: what a node is asked as hl_monitoring (a member of pg_monitor), and what its answers say. Invariant: each
// question can be asked of a primary and of a standby, also in the moment of a promotion: what only one of the two can
// answer is asked behind pg_is_in_recovery(). Not here: asking (ask-node.ts).
import {asArray, asObject, booleanOr, JsonError, numberOr, stringOr, type JsonObject} from '../../lab/read-json.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import type {ArchiverFacts, NodeIdentity, NodeStatistics} from '../cluster-facts.ts'

/**
 * The snapshot is taken before the position is read, so that what it shows is surely in front of that position. A
 * standby's timeline is that of what it receives, else the newest that it has replayed.
 */
export const identityQuestion = `
SELECT json_build_object(
  'inRecovery', r.standby,
  'systemIdentifier', (SELECT system_identifier::text FROM pg_control_system()),
  'timeline', CASE WHEN r.standby
    THEN greatest((SELECT max(received_tli) FROM pg_stat_wal_receiver),
      (SELECT min_recovery_end_timeline FROM pg_control_recovery()), (SELECT timeline_id FROM pg_control_checkpoint()))
    ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
  'lsn', CASE WHEN r.standby THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
    ELSE pg_current_wal_lsn() END,
  'replayLsn', CASE WHEN r.standby THEN pg_last_wal_replay_lsn() END,
  'activity', CASE WHEN NOT r.standby THEN md5(pg_current_snapshot()::text ||
    coalesce((SELECT string_agg(transaction::text, ' ' ORDER BY transaction::text) FROM pg_prepared_xacts), '')) END,
  'replayAgeS', CASE WHEN r.standby THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END
) AS answer FROM (SELECT pg_is_in_recovery() AS standby) AS r`

export const statisticsQuestion = `
SELECT json_build_object(
  'receiver', CASE WHEN r.standby THEN coalesce((SELECT status FROM pg_stat_wal_receiver), 'none') END,
  'standbys', (SELECT coalesce(json_agg(json_build_object('name', application_name, 'state', state,
    'sync', sync_state, 'writeLsn', write_lsn)), '[]') FROM pg_stat_replication),
  'slots', (SELECT coalesce(json_agg(json_build_object('slot', slot_name, 'kind', slot_type, 'active', active,
    'walStatus', wal_status, 'retainedBytes',
    CASE WHEN restart_lsn IS NOT NULL THEN greatest(r.lsn - restart_lsn, 0) END)), '[]') FROM pg_replication_slots),
  'walBytes', (SELECT sum(size) FROM pg_ls_waldir()),
  'archiver', CASE WHEN current_setting('archive_mode') <> 'off' THEN (
    SELECT json_build_object('archived', archived_count, 'failed', failed_count,
      'isFailing', coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
      'readyFiles', (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'))
    FROM pg_stat_archiver) END,
  'prepared', (SELECT coalesce(json_agg(p), '[]') FROM (
    SELECT database, count(*) AS count, extract(epoch FROM now() - min(prepared)) AS "oldestS"
    FROM pg_prepared_xacts GROUP BY database) AS p),
  'preparedMax', current_setting('max_prepared_transactions')::int,
  'connections', (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  'connectionsMax', current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0),
  'databases', (SELECT coalesce(json_agg(json_build_object('database', datname, 'bytes', pg_database_size(oid))), '[]')
    FROM pg_database WHERE datallowconn AND NOT datistemplate)
) AS answer FROM (SELECT i.standby,
  CASE WHEN i.standby THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn
  FROM (SELECT pg_is_in_recovery() AS standby) AS i) AS r`

/** Throws JsonError for what is no such answer. */
export function parseIdentity(value: unknown): NodeIdentity {
  const answer = asObject(value, 'the identity of a node')
  return {
    inRecovery: required(answer, 'inRecovery', booleanOr),
    systemIdentifier: required(answer, 'systemIdentifier', stringOr),
    timeline: numberOr(answer['timeline'], null),
    lsn: lsnIn(answer['lsn']),
    replayLsn: lsnIn(answer['replayLsn']),
    activity: stringOr(answer['activity'], null),
    replayAgeS: numberOr(answer['replayAgeS'], null),
  }
}

/** Throws JsonError for what is no such answer. */
export function parseStatistics(value: unknown): NodeStatistics {
  const answer = asObject(value, 'the statistics of a node')
  const receiver = stringOr(answer['receiver'], null)
  return {
    receiverStreams: receiver === null ? null : receiver === 'streaming',
    standbys: rowsIn(answer, 'standbys').map(row => ({
      name: required(row, 'name', stringOr),
      state: stringOr(row['state'], ''),
      sync: stringOr(row['sync'], ''),
      writeLsn: lsnIn(row['writeLsn']),
    })),
    slots: rowsIn(answer, 'slots').map(row => ({
      slot: required(row, 'slot', stringOr),
      kind: required(row, 'kind', stringOr),
      active: required(row, 'active', booleanOr),
      walStatus: stringOr(row['walStatus'], null),
      retainedBytes: numberOr(row['retainedBytes'], null),
    })),
    walBytes: numberOr(answer['walBytes'], null),
    archiver: answer['archiver'] === null ? null : archiverIn(asObject(answer['archiver'], 'archiver')),
    prepared: rowsIn(answer, 'prepared').map(row => ({
      database: required(row, 'database', stringOr),
      count: required(row, 'count', numberOr),
      oldestS: required(row, 'oldestS', numberOr),
    })),
    preparedMax: required(answer, 'preparedMax', numberOr),
    connections: required(answer, 'connections', numberOr),
    connectionsMax: required(answer, 'connectionsMax', numberOr),
    databases: rowsIn(answer, 'databases').map(row => ({
      database: required(row, 'database', stringOr),
      bytes: required(row, 'bytes', numberOr),
    })),
  }
}

function archiverIn(row: JsonObject): ArchiverFacts {
  return {
    archived: required(row, 'archived', numberOr),
    failed: required(row, 'failed', numberOr),
    isFailing: required(row, 'isFailing', booleanOr),
    readyFiles: required(row, 'readyFiles', numberOr),
  }
}

const rowsIn = (answer: JsonObject, name: string): readonly JsonObject[] =>
  asArray(answer[name], name).map(row => asObject(row, name))

function required<T>(row: JsonObject, name: string, read: (value: unknown, otherwise: null) => T | null): T {
  const value = read(row[name], null)
  if (value === null) throw new JsonError(`${name} of a node`)
  return value
}

const lsnIn = (value: unknown): Lsn | null => parseLsn(stringOr(value, ''))
