// The statements that are measured. PURE but for chance. Not here: the data (set-up-sql.ts), how they are run
// (tasks.ts).
import type {QueryConfig} from 'pg'

/** tables: of everybody; free: tables without a fence; functions: what PL/Proxy can be asked. */
export type Dialect = 'tables' | 'free' | 'functions'
export const statementNames = ['read', 'update', 'insert'] as const
export type StatementName = (typeof statementNames)[number]

/** All of the same key; named, so that a connection prepares it once. */
const texts: Readonly<Record<StatementName, Readonly<Record<Dialect, string>>>> = {
  read: {
    tables: 'SELECT user_id, amount, filler FROM accounts WHERE user_id = $1',
    free: 'SELECT user_id, amount, filler FROM accounts_free WHERE user_id = $1',
    functions: 'SELECT user_id, amount, filler FROM account_of($1)',
  },
  update: {
    tables: 'UPDATE accounts SET amount = amount + 1 WHERE user_id = $1',
    free: 'UPDATE accounts_free SET amount = amount + 1 WHERE user_id = $1',
    functions: 'SELECT raise_account($1)',
  },
  insert: {
    tables: 'INSERT INTO entries (user_id, id, amount) VALUES ($1, $2, $3)',
    free: 'INSERT INTO entries_free (user_id, id, amount) VALUES ($1, $2, $3)',
    functions: 'SELECT put_entry($1, $2, $3)',
  },
}

export function statementOf(name: StatementName, dialect: Dialect, user: number): QueryConfig {
  return {
    name: `${name} ${dialect}`,
    text: texts[name][dialect],
    values: name === 'insert' ? [user, someId(), 1] : [user],
  }
}

/** No sequence is shared: of 2^53, so that two never meet. */
export function someId(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
}

/** Without a key, so of all shards. */
export const scatters = {
  'count(*)': 'SELECT count(*) FROM orders',
  'top 100 by an unindexed column':
    'SELECT user_id, id, amount FROM orders ORDER BY amount DESC, user_id, id LIMIT 100',
  'group by, 50 groups': 'SELECT region, count(*), sum(amount) FROM orders GROUP BY region ORDER BY region',
} as const
export type ScatterName = keyof typeof scatters
export const scatterNames = Object.keys(scatters) as readonly ScatterName[]

/** In the order of the primary key, which each server reads by its index. */
export function manyRows(count: number): string {
  return `SELECT user_id, id, amount, filler FROM orders ORDER BY user_id, id LIMIT ${count}`
}

export const transferTexts = {
  from: 'UPDATE accounts SET amount = amount - $2 WHERE user_id = $1',
  to: 'UPDATE accounts SET amount = amount + $2 WHERE user_id = $1',
} as const
