// Asks a ShardedPool on a running lab what it would do with a statement. Invariant: the statement is sent nowhere; the
// pool reads map and tables as the read-only role, which can end nobody's transaction either. Not here: the rules
// (src/shards), how the answer is shown (cli).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {HlError} from '../model/errors.ts'
import {ShardedPool, ShardError, type RouteExplanation} from '../shards/index.ts'
import {poolOptions, requireSharded, withShards} from './lab-shards.ts'
import {catalogOf, readerOf} from './look-at-shards.ts'
import {hlErrorOf} from './shard-errors.ts'

/** `hl shards explain`. */
export interface ShardsExplanation extends RouteExplanation {
  readonly statement: string
  /** Those of $1, $2 …, as they were taken. */
  readonly values: readonly unknown[]
}

/**
 * Errors: MAP_MISSING, LAB_UNHEALTHY, USAGE for what is no SQL, STATEMENT_REFUSED for what cannot be run over shards,
 * CONFIG_INVALID where PostgreSQL's grammar is not installed.
 */
export async function explainOverShards(
  lab: ConnectedLab,
  statement: string,
  values: readonly unknown[],
): Promise<ShardsExplanation> {
  requireSharded(lab)
  const reader = readerOf(lab)
  // The pool would wait for a map.
  await withShards(lab, reader, async shards => catalogOf(lab, shards))
  const pool = new ShardedPool(poolOptions(lab, reader))
  try {
    return {statement, values, ...(await pool.explain(statement, values))}
  } catch (error) {
    throw explainError(error)
  } finally {
    await pool.end()
  }
}

/** PURE: what the grammar and the library refuse, as hl's own errors. */
export function explainError(error: unknown): unknown {
  if (error instanceof Error && error.name === 'SqlError')
    return new HlError('USAGE', `PostgreSQL does not understand the statement: ${error.message}`, {
      next: ['correct the statement'],
    })
  if (error instanceof ShardError && error.code === 'CONFIG_INVALID')
    return new HlError('CONFIG_INVALID', error.message, {next: ['npm install libpg-query pgsql-deparser']})
  return hlErrorOf(error)
}

/** PURE: a word of the command line as a value: NULL, a list in JSON, else the text as it is. USAGE for half a list. */
export function valueOf(word: string): unknown {
  if (word === 'NULL') return null
  if (!word.startsWith('[')) return word
  try {
    return JSON.parse(word) as unknown
  } catch (cause) {
    throw new HlError('USAGE', `${word} is no list in JSON`, {next: ['give a list like [1,2] or ["a","b"]'], cause})
  }
}
