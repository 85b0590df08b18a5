// Moves an amount between two accounts in one transaction: the total must stay, and either all of it is there or
// nothing.
// Invariant: both rows are locked in the order of their ids, so two transfers never deadlock. Not here: trying again
// (the access path decides, by the proof).
import type {Random} from '../../model/ports.ts'
import type {AccessPath, Statement} from '../access-paths/access-path.ts'
import {draw} from '../client-sessions.ts'
import {servedByPrimary} from './operation.ts'
import type {Operation, Stamp} from './operation.ts'

/** Enough that two transfers under way rarely meet at the default rate, few enough to be one page to read. */
export const accountCount = 100
const openingBalance = 1_000
export const accountsTotal = accountCount * openingBalance
const amountMax = 10
/**
 * A server goes on waiting for a row after its client has gone; without a bound, abandoned transfers would queue up
 * behind each other.
 */
const lockTimeout = '1s'

export interface Move {
  readonly from: number
  readonly to: number
  readonly amount: number
}

/** Two different accounts and an amount of 1 to 10. A balance may go below zero: only the total is a law here. */
export function drawMove(random: Random): Move {
  const from = draw(random, accountCount)
  return {from, to: (from + 1 + draw(random, accountCount - 1)) % accountCount, amount: 1 + draw(random, amountMax)}
}

/** Makes the run's accounts. */
export function openAccountsStatement(run: string): Statement {
  return {
    text: 'INSERT INTO hl.accounts (run, id, balance) SELECT $1, id, $3 FROM generate_series(0, $2::integer - 1) AS id',
    values: [run, accountCount, openingBalance],
  }
}

export function transferStatements(run: string, id: number, move: Move): readonly Statement[] {
  return [
    {text: `SELECT set_config('lock_timeout', $1, true)`, values: [lockTimeout]},
    {
      text: 'SELECT id FROM hl.accounts WHERE run = $1 AND id IN ($2, $3) ORDER BY id FOR UPDATE',
      values: [run, move.from, move.to],
    },
    {
      text:
        'UPDATE hl.accounts SET balance = balance + CASE id WHEN $2 THEN -$4::bigint ELSE $4::bigint END WHERE run ' +
        '= $1 AND id IN ($2, $3)',
      values: [run, move.from, move.to, move.amount],
    },
    {
      text:
        'INSERT INTO hl.transfers (run, op_id, from_account, to_account, amount) VALUES ($1, $2, $3, $4, $5) ' +
        `RETURNING ${servedByPrimary}`,
      values: [run, id, move.from, move.to, move.amount],
    },
  ]
}

/** A row exactly when the transfer was applied: it is written in the transaction that moves the amount. */
function transferProof(run: string, id: number): Statement {
  return {text: 'SELECT 1 FROM hl.transfers WHERE run = $1 AND op_id = $2', values: [run, id]}
}

export function transfer(path: Pick<AccessPath, 'transaction'>, run: string, stamp: Stamp, move: Move): Operation {
  return {
    stamp,
    changes: true,
    send: attempt => path.transaction(transferStatements(run, stamp.id, move), attempt, transferProof(run, stamp.id)),
    record: finish => ({kind: 'transfer', ...stamp, ...move, ...finish}),
  }
}
