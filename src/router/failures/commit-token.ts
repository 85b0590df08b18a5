// A row that says that a transaction was committed: written in it, under a key that its caller chose. Invariant: at
// most one transaction with a key is ever applied on a timeline, because the key is unique and is claimed before
// anything else. Not here: when to try again (requests/dispatcher.ts).
//
// Why a repetition may claim the key again: the COMMIT that was not answered took effect on this timeline, or it did
// not. If it did, the claim meets the row of the earlier try; while that try is still committing, the claim waits for
// it in the unique index. If it did not, it never will: a timeline takes nothing that happens on the one it left, and a
// server that restarted has no backends from before. pg_xact_status() would not do: an xid that was never shipped may
// be given to another transaction on the next timeline.
import {escapeIdentifier} from 'pg'
import type {Connection} from '../connections/connection.ts'

/** Where the keys of transactions are kept, see commitTokenTable(). */
export interface CommitTokens {
  /** Default hl_router. */
  readonly schema: string
  /** Default commit_token. */
  readonly table: string
}

export const defaultCommitTokens: CommitTokens = {schema: 'hl_router', table: 'commit_token'}

/**
 * The statements that make the table; run them once with a role that may, and grant INSERT, SELECT and DELETE on it to
 * the application.
 */
export function commitTokenTable(tokens: CommitTokens = defaultCommitTokens): string {
  return `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(tokens.schema)};
CREATE TABLE IF NOT EXISTS ${nameOf(tokens)} (key text PRIMARY KEY, committed_at timestamptz NOT NULL DEFAULT pg_catalog.now());`
}

/** Inserts the key; false when it is there already. */
export async function claimKey(connection: Connection, tokens: CommitTokens, key: string): Promise<boolean> {
  const {rowCount} = await connection.ask(`INSERT INTO ${nameOf(tokens)} (key) VALUES ($1) ON CONFLICT DO NOTHING`, [
    key,
  ])
  return rowCount === 1
}

function nameOf({schema, table}: CommitTokens): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`
}
