// A gathering read to its end, as pg's result. Invariant: more rows than the limit are an error, never a short answer.
// Not here: reading in a stream (sharded-pool.ts stream()).
import type {FieldDef, QueryResult} from 'pg'
import type {Gathering} from '../gather/gather.ts'
import {ShardError} from '../shard-error.ts'

/** Throws ShardError LIMIT_EXCEEDED for more rows than `rowsMax`, and what reading rejects with. */
export async function collectRows(gathering: Gathering, rowsMax: number): Promise<QueryResult> {
  const rows: Record<string, unknown>[] = []
  for await (const row of gathering) {
    if (rows.length === rowsMax)
      throw new ShardError(
        'LIMIT_EXCEEDED',
        `the answer has more than ${rowsMax} rows, and query() keeps all: read it with stream(), add a LIMIT, or ` +
          'raise gather.rowsMax',
        {detail: {limit: 'rowsMax', max: rowsMax}},
      )
    rows.push(row)
  }
  return resultOf('SELECT', rows, rows.length, await gathering.fields)
}

/** pg's form of a result. */
export function resultOf(
  command: string,
  rows: Record<string, unknown>[],
  rowCount: number | null,
  fields: readonly FieldDef[],
): QueryResult {
  return {command, rowCount, oid: 0, fields: [...fields], rows}
}
