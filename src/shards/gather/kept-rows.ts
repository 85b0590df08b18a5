// A bound on what is kept in memory. Pure. Invariant: what is kept never exceeds the limits by more than what came
// last. Not here: what is kept, and why (final-sort.ts, group-batches.ts).
import {ShardError} from '../shard-error.ts'
import type {RawRow} from './compare-rows.ts'

export interface KeptLimits {
  readonly rowsMax: number
  readonly memoryBytesMax: number
}

/** What a row and a value cost beside the characters. */
const rowBytes = 32
const valueBytes = 16

/** Characters of a row's values, and what it costs to have them. */
export function bytesOf(row: RawRow): number {
  let bytes = rowBytes + row.length * valueBytes
  for (const value of row) bytes += value?.length ?? 0
  return bytes
}

/** Throws ShardError LIMIT_EXCEEDED; `what` is kept, and `wayOut` is what its caller can do. */
export function checkKept(
  kept: {readonly rows: number; readonly bytes: number},
  {rowsMax, memoryBytesMax}: KeptLimits,
  what: string,
  wayOut: string,
): void {
  if (kept.rows > rowsMax)
    throw new ShardError(
      'LIMIT_EXCEEDED',
      `${what} takes more than ${rowsMax} rows in memory: ${wayOut}, or raise rowsMax`,
      {detail: {limit: 'rowsMax', max: rowsMax}},
    )
  if (kept.bytes > memoryBytesMax)
    throw new ShardError(
      'LIMIT_EXCEEDED',
      `${what} takes more than ${memoryBytesMax} bytes in memory: ${wayOut}, or raise memoryBytesMax`,
      {detail: {limit: 'memoryBytesMax', max: memoryBytesMax}},
    )
}
