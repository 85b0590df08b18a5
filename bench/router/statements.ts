// The statements that are measured, and the data that they are about. PURE but for chance. Not here: how they are run
// (load.ts).
import type {QueryConfig} from 'pg'

export const credentials = {user: 'bench', password: 'bench-password'} as const
export const database = 'bench'
export const accountCount = 100_000

const readText = 'SELECT id, version, balance, filler FROM accounts WHERE id = $1'

export type StatementName = keyof typeof statements

/** Each makes one to send. */
export const statements = {
  /** Prepared once per connection, as applications that care do it. */
  'read, named': (): QueryConfig => ({name: 'account', text: readText, values: [someAccount()]}),
  'read, unnamed': (): QueryConfig => ({text: readText, values: [someAccount()]}),
  /** Autocommit: a transaction of its own. */
  'insert': (): QueryConfig => ({
    text: 'INSERT INTO entries (account, amount) VALUES ($1, $2)',
    values: [someAccount(), 1],
  }),
}

export const statementNames = Object.keys(statements) as readonly StatementName[]

function someAccount(): number {
  return 1 + Math.floor(Math.random() * accountCount)
}
