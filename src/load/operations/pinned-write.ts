// A row written on one node itself, never through the router: two nodes that acknowledge these on different timelines
// are a split brain.
// Invariant: it is a real write with the server's own synchronous_commit, so it is acknowledged exactly when an
// application's would be.
import type {Attempt, Reply, Statement} from '../access-paths/access-path.ts'
import {servedByPrimary} from './operation.ts'
import type {Operation, Stamp} from './operation.ts'

// RETURNING runs after the row and its index entry are in WAL, so `lsn` lies behind the row.
const text =
  `INSERT INTO hl.pinned (run, op_id, node) VALUES ($1, $2, $3) RETURNING ${servedByPrimary}, ` +
  'pg_current_wal_insert_lsn()::text AS lsn'

function pinnedStatement(run: string, id: number, node: string): Statement {
  return {text, values: [run, id, node]}
}

export function pinnedWrite(
  send: (statement: Statement, attempt: Attempt) => Promise<Reply>,
  run: string,
  stamp: Stamp,
  node: string,
): Operation {
  return {
    stamp,
    changes: true,
    send: attempt => send(pinnedStatement(run, stamp.id, node), attempt),
    record: (finish, reply) => {
      const lsn = reply?.row?.['lsn']
      return {kind: 'pinned-write', ...stamp, ...finish, pinnedTo: node, lsn: typeof lsn === 'string' ? lsn : null}
    },
  }
}
