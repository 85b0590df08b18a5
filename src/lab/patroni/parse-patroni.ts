// PURE: what one node says of itself at Patroni's GET /health, typed. Throws JsonError and nothing else.
// Source: Patroni 4.0, patroni/api.py get_postgresql_status. Not here: who is primary of the cluster
// (cluster-state.ts).
import {asObject, booleanOr, field, numberOr, parseJson, path, stringOr, type JsonObject} from '../read-json.ts'

/** WAL positions are byte counts; Patroni sends them as numbers, exact up to 8 PiB. */
export interface NodeStatus {
  /** PostgreSQL as Patroni sees it: `running`, `starting`, `stopped`, `crashed` … */
  readonly state: string
  /** By PostgreSQL's own word (pg_is_in_recovery) while it runs. */
  readonly role: 'primary' | 'standby'
  readonly timeline: number | null
  /** Primary: flushed. Standby: received. */
  readonly walBytes: number | null
  readonly replayedBytes: number | null
  /** `streaming` …; null for the primary and for a standby without a WAL receiver. */
  readonly replicationState: string | null
  readonly syncStandby: boolean
  readonly maintenance: boolean
  readonly pendingRestart: boolean
  readonly serverVersion: number | null
  readonly patroniVersion: string | null
}

/** The answer of GET /health (or /patroni); the status code (200 or 503) says nothing that the body does not. */
export function parseNodeStatus(text: string): NodeStatus {
  const body = asObject(parseJson(text, 'GET /health'), 'GET /health')
  const standby = stringOr(body['role'], '') !== 'primary'
  const wal = body['xlog']
  return {
    state: stringOr(body['state'], 'unknown'),
    role: standby ? 'standby' : 'primary',
    timeline: numberOr(body['timeline'], null),
    walBytes: numberOr(field(wal, standby ? 'received_location' : 'location'), null),
    replayedBytes: numberOr(field(wal, 'replayed_location'), null),
    replicationState: stringOr(body['replication_state'], null),
    syncStandby: booleanOr(body['sync_standby'], false) || booleanOr(body['quorum_standby'], false),
    maintenance: booleanOr(body['pause'], false),
    pendingRestart: booleanOr(body['pending_restart'], false),
    serverVersion: numberOr(body['server_version'], null),
    patroniVersion: stringOr(path(body, 'patroni', 'version'), null),
  }
}

/** The answer of GET /config. */
export function parseConfig(text: string): JsonObject {
  return asObject(parseJson(text, 'GET /config'), 'GET /config')
}

/** `170012` as `17.12`. */
export function formatServerVersion(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`
}
