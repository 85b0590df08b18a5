// What a ShardedPool is made with. Invariant: what cannot work is refused before any server is asked, and the message
// names the field. Not here: whether the shards are what they are configured as (start/).
import {RouterError, type RouterOptions, type TopologyOptions, type TopologyTimes} from '../router/index.ts'
import {ShardError} from './shard-error.ts'

/** Where the servers of one shard are, in one of the forms that a Router takes. */
export type ShardPlace =
  | {
      /** Base URLs of Patroni's REST API, one per node. */
      readonly patroni: readonly string[]
    }
  | {
      /** `host:port` of each node, asked by SQL. */
      readonly hosts: readonly string[]
    }
  | {
      /** A name whose addresses are the nodes. */
      readonly dns: string
      /** Default 5432. */
      readonly port?: number
      /** How often the name is asked; default 5,000. */
      readonly refreshMs?: number
    }
  | {
      /** As a Router takes it, with all nodes in it. */
      readonly connectionString: string
    }

/** Limits of reads over several shards. */
export interface GatherLimits {
  /** A statement that would ask more shards is refused. Default: none. */
  readonly fanoutMax?: number
  /** query() keeps all rows of an answer: more are refused. Default 1,000,000; stream() has no limit. */
  readonly rowsMax?: number
  /** Of what must be kept to sort or to group. Default 64 MiB. */
  readonly memoryBytesMax?: number
  /** Rows that a shard is asked for at a time. Default 500. */
  readonly batchRows?: number
}

/**
 * A Router's own options, for every shard, without the place of the servers; `max` and the like hold for each node of
 * each shard.
 */
export interface ShardedPoolOptions extends Omit<
  RouterOptions,
  'topology' | 'connectionString' | 'host' | 'port' | 'natMap'
> {
  /** By name; which slots each owns is said by the map, not by their order here. */
  readonly shards: Readonly<Record<string, ShardPlace>>
  /** How often the servers of a shard are asked who they are. */
  readonly topology?: TopologyTimes
  /** Translates the address that a node of a shard is known by into one that can be reached from here. */
  readonly natMap?: (shard: string, node: string, host: string, port: number) => {host: string; port: number}
  /** The shard that keeps the map for all. Default: the first by name. */
  readonly catalog?: string
  /** Limits of reads over several shards. */
  readonly gather?: GatherLimits
  /** How often the shards are asked for their map when nothing was told. Default 5,000. */
  readonly mapPollMs?: number
  /** A wait of one shard for another inside a transaction over several ends after this. Default 10,000. */
  readonly lockTimeoutMs?: number
}

const answerRowsMax = 1_000_000

/** Of statements: rowsMax is about answers that are kept, and no limit of what a stream passes on or sorts. */
export function readLimitsOf({
  rowsMax = answerRowsMax,
  ...limits
}: GatherLimits): Omit<GatherLimits, 'rowsMax'> & {readonly answerRowsMax: number} {
  return {...limits, answerRowsMax: rowsMax}
}

const nameOfShard = /^[a-z][a-z0-9_-]{0,30}$/

/** The options of each shard's Router, by name and in the order of names. Throws ShardError CONFIG_INVALID. */
export function routerOptionsOf(options: ShardedPoolOptions): ReadonlyMap<string, RouterOptions> {
  const {shards, topology = {}, natMap, catalog, gather, mapPollMs, lockTimeoutMs, ...common} = options
  const names = namesIn(shards)
  if (names.length === 0) throw invalid('shards is empty', 'at least one shard is wanted, {s1: {patroni: […]}}')
  for (const name of names)
    if (!nameOfShard.test(name))
      throw invalid(
        `the shard ${JSON.stringify(name)}`,
        'a small letter, then small letters, digits, _ or - are wanted',
      )
  if (catalog !== undefined && !names.includes(catalog))
    throw invalid(`catalog is ${catalog}`, `one of the shards is wanted: ${names.join(', ')}`)
  for (const [field, value] of Object.entries({...gather, mapPollMs, lockTimeoutMs}))
    if (value !== undefined && !(value > 0)) throw invalid(`${field} is ${value}`, 'a number above zero is wanted')
  if (common.max !== undefined && common.max < 3)
    throw invalid(
      `max is ${common.max}`,
      'at least 3 are wanted: the watch of the map has one for itself, and two where the catalog is',
    )
  return new Map(
    names.map(name => [
      name,
      {
        ...common,
        ...placeOf(name, shards[name], topology),
        ...(natMap === undefined
          ? {}
          : {natMap: (node: string, host: string, port: number) => natMap(name, node, host, port)}),
      },
    ]),
  )
}

/** JavaScript may leave it out. */
function namesIn(shards: object | undefined): readonly string[] {
  return Object.keys(shards ?? {}).sort()
}

function placeOf(
  name: string,
  place: ShardPlace | null | undefined,
  times: TopologyTimes,
): {topology: TopologyOptions} | {topology: TopologyTimes; connectionString: string} {
  if (typeof place !== 'object' || place === null || Object.keys(place).length === 0)
    throw invalid(`shards.${name} names no servers`, '{patroni}, {hosts}, {dns} or {connectionString} is wanted')
  return 'connectionString' in place
    ? {topology: times, connectionString: place.connectionString}
    : {topology: {...times, ...place}}
}

/** A refusal of one shard's own options says which shard it is about. */
export function asConfigError(shard: string, error: unknown): unknown {
  if (!(error instanceof RouterError)) return error
  return new ShardError('CONFIG_INVALID', `shards.${shard}: ${error.message}`, {shard, cause: error})
}

function invalid(what: string, wanted: string): ShardError {
  return new ShardError('CONFIG_INVALID', `${what}: ${wanted}`)
}
