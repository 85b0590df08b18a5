// The answers of a write on several shards -> one. Pure. Invariants: counts are sums; returned rows come in the order
// of VALUES; copies of a reference table that answer differently are an error, found before anything is committed. Not
// here: carrying it out (run-statement.ts).
import type {QueryResult} from 'pg'
import type {StatementResult} from '../../router/index.ts'
import type {Merge} from '../routing/bound-route.ts'
import {ShardError} from '../shard-error.ts'
import {resultOf} from './collect-rows.ts'

export interface Answered {
  readonly shard: string
  readonly result: StatementResult
}

/** `answers` in the order of the legs, at least one. Throws ShardError SHARD_FAILED when copies differ. */
export function mergeWrites(merge: Exclude<Merge, {kind: 'gather'}>, answers: readonly Answered[]): QueryResult {
  const first = answers[0]
  if (first === undefined) throw new Error('a write was asked of no shard')
  if (merge.kind === 'alone') return first.result as QueryResult
  if (merge.kind === 'same') return sameOf(first, answers)
  const {command, fields} = first.result
  const rowCount = answers.reduce((sum, {result}) => sum + (result.rowCount ?? 0), 0)
  const rows = merge.kind === 'placed' ? placed(merge.places, answers) : answers.flatMap(({result}) => result.rows)
  return resultOf(command, rows as Record<string, unknown>[], rowCount, fields)
}

function placed(places: readonly (readonly number[])[], answers: readonly Answered[]): unknown[] {
  const rows: unknown[] = []
  for (const [leg, {result, shard}] of answers.entries()) {
    const mine = places[leg] ?? []
    if (result.rows.length > 0 && result.rows.length !== mine.length)
      throw new ShardError(
        'SHARD_FAILED',
        `shard ${shard} returned ${result.rows.length} rows for ${mine.length} of VALUES, so their order cannot ` +
          'be told: leave out RETURNING, or send the rows of one shard at a time',
        {shard},
      )
    for (const [index, row] of result.rows.entries()) rows[mine[index] ?? 0] = row
  }
  return rows.filter(row => row !== undefined)
}

/** An order of returned rows that nobody gave is each server's own. */
function sameOf(first: Answered, answers: readonly Answered[]): QueryResult {
  const rows = textsOf(first)
  for (const other of answers) {
    const {shard, result} = other
    if (result.rowCount === first.result.rowCount && textsOf(other) === rows) continue
    throw new ShardError(
      'SHARD_FAILED',
      `the reference table's copies differ: ${first.shard} changed ${first.result.rowCount ?? 0} rows, ${shard} ` +
        `${result.rowCount ?? 0}, or they returned other values; nothing was applied. Compare the copies and make ` +
        'them equal first',
      {shard},
    )
  }
  return first.result as QueryResult
}

function textsOf({result}: Answered): string {
  return result.rows
    .map(row => JSON.stringify(row, (_, value: unknown) => (isNumber(value) ? `${typeof value} ${value}` : value)))
    .sort()
    .join()
}

/** JSON has neither bigint nor NaN. */
function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
