// One row for the ledger, autocommitted. Its id is how a lost, doubled or phantom write is found after the run.
import type {AccessPath, Statement} from '../access-paths/access-path.ts'
import {servedByPrimary} from './operation.ts'
import type {Operation, Stamp} from './operation.ts'

const text = `INSERT INTO hl.ledger (run, op_id, session, version) VALUES ($1, $2, $3, $4) RETURNING ${servedByPrimary}`

function appendStatement(run: string, id: number, session: number, version: number): Statement {
  return {text, values: [run, id, session, version]}
}

/** A row exactly when the append was applied. The id alone says which; session and version are there for the index. */
function appendProof(run: string, id: number, session: number, version: number): Statement {
  return {
    text: 'SELECT 1 FROM hl.ledger WHERE run = $1 AND session = $3 AND version = $4 AND op_id = $2',
    values: [run, id, session, version],
  }
}

/** `version` is the session's next one; it is spent even when the append cannot be issued. */
export function append(
  path: Pick<AccessPath, 'write'>,
  run: string,
  stamp: Stamp,
  who: {readonly session: number; readonly version: number},
): Operation {
  return {
    stamp,
    changes: true,
    send: attempt =>
      path.write(
        appendStatement(run, stamp.id, who.session, who.version),
        attempt,
        appendProof(run, stamp.id, who.session, who.version),
      ),
    record: finish => ({kind: 'append', ...stamp, ...who, ...finish}),
  }
}
