// Reads the newest version of a session's register, on the primary or on a standby; stale and non-monotonic reads are
// judged from these.
import type {AccessPath, Reply, Statement} from '../access-paths/access-path.ts'
import type {Operation, Stamp} from './operation.ts'

const newest =
  'SELECT coalesce((SELECT max(version) FROM hl.ledger WHERE run = $1 AND session = $2), 0) AS seen, ' +
  'host(inet_server_addr()) AS server'
const texts = {
  // pg_walfile_name() is an error on a standby, and a read that lands there by mistake must be seen, not refused.
  'read-primary':
    `${newest}, CASE WHEN pg_is_in_recovery() THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), ` +
    '1, 8) END AS timeline',
  // Nothing volatile in here: pgpool sends a statement with a volatile function to the primary.
  'read-standby': newest,
} as const

function readStatement(kind: 'read-primary' | 'read-standby', run: string, of: number): Statement {
  return {text: texts[kind], values: [run, of]}
}

/** The version in the reply; null when the reply is not what was asked for. */
export function seenIn(reply: Reply): number | null {
  const seen = reply.row?.['seen']
  return typeof seen === 'number' && Number.isInteger(seen) ? seen : null
}

export function read(
  path: Pick<AccessPath, 'readPrimary' | 'readStandby'>,
  kind: 'read-primary' | 'read-standby',
  run: string,
  stamp: Stamp,
  who: {readonly reader: number; readonly of: number},
): Operation {
  const statement = readStatement(kind, run, who.of)
  return {
    stamp,
    changes: false,
    send: attempt =>
      kind === 'read-primary' ? path.readPrimary(statement, attempt) : path.readStandby(statement, attempt),
    record: (finish, reply) => ({kind, ...stamp, ...who, ...finish, seen: reply === null ? null : seenIn(reply)}),
  }
}
