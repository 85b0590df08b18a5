// The keys of users in statements that are made by a seed, for each type that a key may have: as rows hold them, and in
// the forms in which people and libraries write them. For tests only. Invariant: all forms of a user's key are the same
// to PostgreSQL. Not here: the statements (routing-statements.ts).
import pg from 'pg'

export interface Keys {
  readonly type: 'int8' | 'uuid' | 'text'
  /** Of casts. */
  readonly sqlType: string
  /** Of the column. */
  readonly columnType: string
  /** As PostgreSQL prints it. */
  value(user: number): string
  /** In SQL, where the place says the type. */
  constants(user: number): readonly string[]
  /** As values of a parameter. */
  parameters(user: number): readonly unknown[]
  /** In SQL, and of that type wherever it stands. */
  typed(user: number): string
  /** In SQL; above all users' keys. */
  readonly above: string
  /** An expression over user_id in which several users are the same, or nearly. */
  readonly derived: string
  readonly aggregates: readonly string[]
}

const integers: Keys = {
  type: 'int8',
  sqlType: 'bigint',
  columnType: 'bigint',
  value: user => String(user),
  constants: user => [`'${user}'`, `'${user}'::int`, `CAST(${user} AS bigint)`, String(user)],
  parameters: user => [user, String(user)],
  typed: user => String(user),
  above: '1000',
  derived: 'user_id % 3',
  aggregates: ['sum(user_id)', 'avg(user_id)'],
}

/** Not in the order of users. */
const uuidOf = (user: number): string =>
  `${(Math.imul(user, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}-00aa-4000-8000-${String(user).padStart(12, '0')}`

const uuids: Keys = {
  type: 'uuid',
  sqlType: 'uuid',
  columnType: 'uuid',
  value: uuidOf,
  constants: user => [
    `'${uuidOf(user)}'`,
    `'${uuidOf(user).toUpperCase()}'::uuid`,
    `CAST('{${uuidOf(user)}}' AS uuid)`,
    `'${uuidOf(user).replaceAll('-', '')}'`,
  ],
  parameters: user => [uuidOf(user), uuidOf(user).toUpperCase()],
  typed: user => `'${uuidOf(user)}'::uuid`,
  above: `'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`,
  derived: 'user_id::text COLLATE "C"',
  aggregates: ['count(user_id)', 'count(DISTINCT user_id)'],
}

const textOf = (user: number): string => `${['k', 'K ', "o'", 'Ü'][user % 4] ?? ''}${user}`

const texts: Keys = {
  type: 'text',
  sqlType: 'text',
  columnType: 'text COLLATE "C"',
  value: textOf,
  constants: user => {
    const literal = pg.escapeLiteral(textOf(user))
    return [literal, `${literal}::text`, `CAST(${literal} AS text)`, `E${literal}`]
  },
  parameters: user => [textOf(user)],
  typed: user => pg.escapeLiteral(textOf(user)),
  above: `'ÿ'`,
  derived: 'lower(user_id)',
  aggregates: ['min(user_id)', 'max(user_id)'],
}

export const keysOfType: Readonly<Record<Keys['type'], Keys>> = {int8: integers, uuid: uuids, text: texts}
