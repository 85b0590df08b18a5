// PURE: one migration as a value: its name, its text, its checksum, and whether it runs in a transaction. Invariant:
// the names of a set are in one order that everybody agrees on, that of their numbers. Not here: reading files
// (read-migrations.ts).
import {createHash} from 'node:crypto'
import {ShardError} from '../shard-error.ts'

/** One file of a folder of migrations. */
export interface Migration {
  /** The file's name, for example `0002_orders.sql`. */
  readonly name: string
  /** The text of the file. */
  readonly sql: string
  /** SHA-256 of the text, as hexadecimal digits; line ends of Windows count as those of Unix. */
  readonly checksum: string
  /** false: the text is one statement that PostgreSQL refuses inside a transaction (CREATE INDEX CONCURRENTLY). */
  readonly isTransactional: boolean
}

/** The first line of a file whose one statement is run outside a transaction. */
export const noTransactionMark = '-- hl: no-transaction'

const namePattern = /^(\d{4})_[a-z0-9_]+\.sql$/

/** A migration from its name and text. CONFIG_INVALID for a name that is not `0001_what_it_does.sql`. */
export function migrationOf(name: string, text: string): Migration {
  if (!namePattern.test(name))
    throw new ShardError(
      'CONFIG_INVALID',
      `${name} is no name for a migration: four digits, "_", then lower-case letters, digits and "_", and ".sql", ` +
        'as in 0002_orders.sql',
    )
  const sql = text.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '')
  return {
    name,
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
    isTransactional: sql.split('\n', 1)[0]?.trimEnd() !== noTransactionMark,
  }
}

/** The same in order of their numbers. CONFIG_INVALID where two have one number. */
export function orderedMigrations(files: readonly Migration[]): readonly Migration[] {
  const ordered = [...files].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const [index, {name}] of ordered.entries()) {
    const before = ordered[index - 1]?.name
    if (before?.slice(0, 4) === name.slice(0, 4))
      throw new ShardError(
        'CONFIG_INVALID',
        `${before} and ${name} have one number: give the newer one the next free number`,
      )
  }
  return ordered
}
