// The answer to a statement that was not sent: BEGIN before its transaction's first statement, and what ends a
// transaction that never began on a server.
import pg from 'pg'
import type {StatementResult} from '../connections/connection.ts'

/** As pg's result of a command without rows. */
export function localResult(command: 'BEGIN' | 'START' | 'COMMIT' | 'ROLLBACK'): StatementResult {
  const Result: unknown = Reflect.get(pg, 'Result')
  const made: unknown = typeof Result === 'function' ? Reflect.construct(Result, []) : {oid: null, fields: [], rows: []}
  return Object.assign(made as StatementResult, {command, rowCount: null})
}
