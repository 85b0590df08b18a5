// How a gathering is bounded, and the defaults. Pure. Invariant: nothing is sent when an option cannot work or a limit
// is exceeded before. Not here: what is done at a limit (gather.ts).
import type {CustomTypesConfig} from 'pg'
import type {Router} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'

/** One SELECT for one shard. */
export interface GatherLeg {
  readonly shard: string
  readonly router: Router
  readonly text: string
  readonly values: readonly unknown[]
}

export interface GatherOptions {
  /** Ends the gathering when its caller is gone. */
  readonly signal?: AbortSignal
  /**
   * From the first row that is asked for to the last one, whatever the reader does meanwhile. Default: none; only the
   * connections must be there within 15,000 ms.
   */
  readonly deadlineMs?: number
  /** Go on without shards that cannot be reached, see Gathering.missingShards. Default false. */
  readonly partial?: boolean
  /** Rows that a shard is asked for at once; fewer where rows are large. Default 500. */
  readonly batchRows?: number
  /** Rows that may be kept here: to sort what has no order on the shards, or of one group. Default 100,000. */
  readonly rowsMax?: number
  /** The same in characters of their text forms. Default 64 Mi. */
  readonly memoryBytesMax?: number
  /** Shards that one gathering may ask. Default 64. */
  readonly fanoutMax?: number
  /** Parsers of what the caller gets; default pg's. */
  readonly types?: CustomTypesConfig
  /** Rows as arrays; otherwise objects, in which a column takes the place of an earlier one of the same name. */
  readonly rowMode?: 'array'
  /** TimeZone of all legs. Default: what their sessions have, which must be the same. */
  readonly timeZone?: string
}

export interface GatherSettings {
  readonly signal: AbortSignal | undefined
  readonly deadlineMs: number | undefined
  readonly connectMs: number
  readonly partial: boolean
  readonly batchRows: number
  readonly rowsMax: number
  readonly memoryBytesMax: number
  readonly timeZone: string | null
}

/** As long as a router waits for a node: longer than a failover takes. */
const connectMs = 15_000

/** Fills in the defaults. Throws ShardError CONFIG_INVALID that names the option, LIMIT_EXCEEDED for too many legs. */
export function gatherSettings(legs: readonly GatherLeg[], options: GatherOptions): GatherSettings {
  const fanoutMax = wholeNumber('fanoutMax', options.fanoutMax ?? 64)
  if (legs.length === 0) throw invalid('there are no legs', 'a gathering asks at least one shard')
  const twice = legs.find(({shard}, index) => legs.findIndex(other => other.shard === shard) !== index)
  if (twice !== undefined) throw invalid(`shard ${twice.shard} has two legs`, 'ask each shard once')
  if (legs.length > fanoutMax)
    throw new ShardError(
      'LIMIT_EXCEEDED',
      `the statement asks ${legs.length} shards, and fanoutMax is ${fanoutMax}: name the key in WHERE, or raise ` +
        'fanoutMax',
      {detail: {limit: 'fanoutMax', shards: legs.length, max: fanoutMax}},
    )
  const {deadlineMs} = options
  if (deadlineMs !== undefined && !(deadlineMs > 0))
    throw invalid(`deadlineMs is ${deadlineMs}`, 'a number above zero is wanted')
  return {
    signal: options.signal,
    deadlineMs,
    connectMs: Math.min(connectMs, deadlineMs ?? Infinity),
    partial: options.partial ?? false,
    batchRows: wholeNumber('batchRows', options.batchRows ?? 500),
    rowsMax: wholeNumber('rowsMax', options.rowsMax ?? 100_000),
    memoryBytesMax: wholeNumber('memoryBytesMax', options.memoryBytesMax ?? 64 * 1_024 * 1_024),
    timeZone: options.timeZone ?? null,
  }
}

function wholeNumber(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw invalid(`${name} is ${value}`, 'a whole number from 1 is wanted')
  return value
}

function invalid(what: string, wanted: string): ShardError {
  return new ShardError('CONFIG_INVALID', `${what}: ${wanted}`)
}
