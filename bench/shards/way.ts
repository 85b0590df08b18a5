// A way to the rows, as a value that a thread or a process can be given, and what it stands for. Invariant: all ways
// have as many connections in all. Not here: threads (contender.ts), the servers (servers.ts).
import {Pool, type QueryConfig, type QueryResult} from 'pg'
import {Router} from '../../src/router/index.ts'
import {ShardedPool} from '../../src/shards/index.ts'
import {slotOf} from '../../src/shards/keys/slot.ts'
import {credentials} from '../router/statements.ts'
import {port} from '../router/postgres.ts'
import {map} from './keys.ts'

export type Way =
  /** pg.Pool to one server. */
  | {readonly kind: 'pool'; readonly host: string; readonly database: string}
  | {readonly kind: 'router'; readonly host: string; readonly database: string}
  /** Hosts by shard. */
  | {readonly kind: 'sharded'; readonly shards: Readonly<Record<string, string>>; readonly database: string}
  /** The router of the shard that has the key, chosen by hand: what a pool over shards cannot be faster than. */
  | {readonly kind: 'routers'; readonly shards: Readonly<Record<string, string>>; readonly database: string}
  /** The same statement to several servers at once, by hand: what a scatter cannot be faster than. */
  | {readonly kind: 'pools'; readonly hosts: readonly string[]; readonly database: string}

/** As pg has it by default. */
const connections = 10

/** What the tasks of a contender work with. */
export interface Opened {
  /** One statement; of `pools` the rows of all. */
  readonly ask: (statement: QueryConfig) => Promise<Pick<QueryResult, 'rows'>>
  readonly pool: Pool | ShardedPool
  readonly end: () => Promise<unknown>
}

export function open(way: Way): Opened {
  const common = {...credentials, database: way.database}
  switch (way.kind) {
    case 'pool':
      return ofPool(new Pool({...common, host: way.host, port, max: connections}))
    case 'router': {
      const router: unknown = new Router({...common, max: connections, topology: {hosts: [`${way.host}:${port}`]}})
      // A pg.Pool in truth, which its types do not say.
      return ofPool(router as Pool)
    }
    case 'sharded': {
      const places = Object.entries(way.shards).map(([name, host]) => [name, {hosts: [`${host}:${port}`]}] as const)
      const max = Math.floor(connections / places.length)
      const pool = new ShardedPool({...common, max, shards: Object.fromEntries(places)})
      return {pool, ask: async statement => pool.query(statement), end: async () => pool.end()}
    }
    case 'routers': {
      const max = Math.floor(connections / Object.keys(way.shards).length)
      return ofRouters(
        new Map(
          Object.entries(way.shards).map(([name, host]) => {
            const router: unknown = new Router({...common, max, topology: {hosts: [`${host}:${port}`]}})
            return [name, ofPool(router as Pool)] as const
          }),
        ),
      )
    }
    case 'pools': {
      const max = Math.floor(connections / way.hosts.length)
      return ofPools(way.hosts.map(host => new Pool({...common, host, port, max})))
    }
    default:
      throw new Error(`no such way: ${String(way satisfies never)}`)
  }
}

function ofPool(pool: Pool): Opened {
  // A bare pg.Pool ends its process when an idle connection breaks and nobody listens.
  pool.on('error', () => undefined)
  return {pool, ask: async statement => pool.query(statement), end: async () => pool.end()}
}

/** The key is the first value. */
function ofRouters(routers: ReadonlyMap<string, Opened>): Opened {
  const [first] = routers.values()
  if (first === undefined) throw new Error('no shards')
  const ask: Opened['ask'] = async statement => {
    const shard = map.ownerOf(slotOf('int8', statement.values?.[0]))
    const router = routers.get(shard)
    if (router === undefined) throw new Error(`no router of ${shard}`)
    return router.ask(statement)
  }
  return {...first, ask, end: async () => Promise.all([...routers.values()].map(async each => each.end()))}
}

function ofPools(pools: readonly Pool[]): Opened {
  const [pool] = pools.map(each => ofPool(each).pool)
  if (pool === undefined) throw new Error('no hosts')
  const ask: Opened['ask'] = async statement => {
    const answers = await Promise.all(pools.map(each => each.query(statement)))
    return {rows: answers.flatMap(({rows}) => rows as unknown[])}
  }
  return {pool, ask, end: async () => Promise.all(pools.map(each => each.end()))}
}

export function shardedOf({pool}: Opened): ShardedPool {
  if (!(pool instanceof ShardedPool)) throw new Error('only a pool over shards can do that')
  return pool
}

export function poolOf({pool}: Opened): Pool {
  if (pool instanceof ShardedPool) throw new Error('a pool over shards cannot do that')
  return pool
}

export function routerOf({pool}: Opened): Router {
  if (!(pool instanceof Router)) throw new Error('only a router can do that')
  return pool
}
