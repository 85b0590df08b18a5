// A way to the servers, as a value that a thread can be given, and the pool that it stands for. Invariant: whatever it
// is, it is used as a pg.Pool with pg's own defaults (10 connections, to each node). Not here: threads (contender.ts).
import {Pool} from 'pg'
import {Router, type RouterOptions} from '../../src/router/index.ts'
import {credentials, database} from './statements.ts'

export type Way =
  /** pg.Pool to one address: a server, or a proxy. */
  | {readonly kind: 'pool'; readonly host: string; readonly port: number}
  | {readonly kind: 'router'; readonly options: RouterOptions}

export function poolOf(way: Way): Pool {
  const common = {...credentials, database}
  if (way.kind === 'pool') return new Pool({...common, host: way.host, port: way.port})
  // A pg.Pool in truth, which its types do not say.
  const router: unknown = new Router({...common, ...way.options})
  return router as Pool
}

export function asRouter(pool: Pool): Router {
  if (!(pool instanceof Router)) throw new Error('only a router can do that')
  return pool
}
