// PURE: why a migration failed on a target, from what pg threw: PostgreSQL's own words, where in the file, and whether
// it can have been applied. Not here: trying again (run-migration.ts).
import {messageOf} from '../shard-error.ts'

/** Why one migration failed on one target. */
export interface MigrationFailure {
  /** By the name of its file. */
  readonly migration: string
  /** PostgreSQL's words. */
  readonly message: string
  /** null: not PostgreSQL said so. */
  readonly sqlState: string | null
  /** PostgreSQL's, if any. */
  readonly detail: string | null
  /** PostgreSQL's, if any. */
  readonly hint: string | null
  /** In the migration's file, both from 1; null where PostgreSQL named no place. */
  readonly line: number | null
  /** From 1. */
  readonly column: number | null
  /** `unknown`: it was cut off while it was committed, or was no transaction. Applying again finds out. */
  readonly outcome: 'not-applied' | 'unknown'
  /** How often it was tried. */
  readonly tries: number
}

export interface FailedTry {
  readonly migration: string
  readonly sql: string
  readonly outcome: MigrationFailure['outcome']
  readonly tries: number
}

/** From whatever was thrown. */
export function migrationFailure(error: unknown, {migration, sql, outcome, tries}: FailedTry): MigrationFailure {
  const position = Number(textOf(error, 'position') ?? 'NaN')
  return {
    migration,
    message: messageOf(error),
    sqlState: sqlStateOf(error),
    detail: textOf(error, 'detail'),
    hint: textOf(error, 'hint'),
    ...(Number.isInteger(position) ? placeOf(sql, position) : {line: null, column: null}),
    outcome,
    tries,
  }
}

/** SQLSTATE of what PostgreSQL said; null for anything else (Node's ECONNRESET is not one). */
export function sqlStateOf(error: unknown): string | null {
  const code = textOf(error, 'code')
  return code !== null && /^[0-9A-Z]{5}$/.test(code) && textOf(error, 'severity') !== null ? code : null
}

/** PostgreSQL counts characters from 1, not the halves that JavaScript counts. */
function placeOf(sql: string, position: number): {readonly line: number; readonly column: number} {
  const before = Array.from(sql).slice(0, position - 1)
  const lineStart = before.lastIndexOf('\n') + 1
  return {line: before.filter(character => character === '\n').length + 1, column: before.length - lineStart + 1}
}

function textOf(error: unknown, name: string): string | null {
  if (typeof error !== 'object' || error === null) return null
  const value = Object.entries(error).find(([key]) => key === name)?.[1] as unknown
  return typeof value === 'string' ? value : null
}
