// The shards of a lab for the library over shards: who they are, and how their primaries are reached. Invariants: a
// role's password goes into connections only; what was opened is ended, whatever happens. Not here: what is asked.
import {chooseShard} from '../lab/lifecycle/choose-shard.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {labRouterOptions, type RouterAccount} from '../load/lab-router-options.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {LabEndpoints} from '../model/ports.ts'
import {soleCluster} from '../model/topology.ts'
import {Router} from '../router/index.ts'
import type {MapServer, MigrationTarget, Shard, ShardedPoolOptions} from '../shards/index.ts'

/** What of a lab is needed to reach its shards: plain data. */
interface Shards {
  readonly clusters: readonly {readonly cluster: {readonly name: string}; readonly endpoints: LabEndpoints}[]
}

/** Nobody who looks waits longer for a primary, or for an answer of it. */
const waitMs = 5_000

/** Was it brought up with shards? A lab of one cluster has no map. */
export const isSharded = ({clusters}: Shards): boolean => clusters.some(({cluster: {name}}) => name !== soleCluster)

/** MAP_MISSING for a lab of one cluster. */
export function requireSharded(lab: Shards & Pick<ConnectedLab, 'cluster'>): void {
  if (isSharded(lab)) return
  throw new HlError('MAP_MISSING', `lab ${lab.cluster.lab} is one cluster and has no shards`, {
    next: [
      hint('up', {lab: '<name>', flags: {shards: 2}, why: 'makes a lab that has'}),
      'name the lab that has: --lab <name>',
    ],
  })
}

/**
 * The database `hl` on the primary of each cluster, as the role that owns what is in it. SHARD_UNKNOWN for a shard that
 * is not there; LAB_UNHEALTHY while a cluster has no primary that can be reached.
 */
export async function migrationTargets(
  lab: Pick<ConnectedLab, 'clusters' | 'secrets' | 'description'>,
  shard?: string,
): Promise<readonly MigrationTarget[]> {
  const only = shard === undefined ? null : chooseShard(lab.description, {shard})
  const wanted = lab.clusters.filter(({cluster: {name}}) => only === null || name === only)
  return Promise.all(
    wanted.map(async ({cluster, endpoints}) => {
      const {primary} = await cluster.state()
      const endpoint = primary === null ? undefined : endpoints.postgres[primary]
      if (endpoint === undefined)
        throw new HlError(
          'LAB_UNHEALTHY',
          `cluster ${cluster.name} of lab ${cluster.lab} has no primary that can be reached; nothing was changed ` +
            'on any',
          {next: [hint('status')]},
        )
      const {host, port} = endpoint
      const account = {user: 'hl_migrations', password: lab.secrets.migrations, database: 'hl'}
      return {name: cluster.name, connection: {host, port, ...account}}
    }),
  )
}

/** Does `work` with a router for each shard, in order of their names, as that role in the database `hl`. */
export async function withShards<T>(
  {clusters}: Shards,
  {user, password}: Pick<RouterAccount, 'user' | 'password'>,
  work: (shards: readonly Shard[]) => Promise<T>,
): Promise<T> {
  const account = {user, password, database: 'hl', applicationName: 'hl-shards'}
  const shards = clusters.map(({cluster: {name}, endpoints}) => ({
    name,
    router: new Router({...labRouterOptions(endpoints, account), max: 2, waitMs}),
  }))
  // pg.Pool tells of idle connections that broke; a statement tells it again.
  for (const {router} of shards) router.on('error', () => undefined)
  try {
    return await work(shards)
  } finally {
    await Promise.all(shards.map(async ({router}) => router.end()))
  }
}

/** Runs statements on the shard's primary, each within a bound. */
export const primaryOf = ({name, router}: Shard): MapServer => ({
  name,
  query: async (text, values) => router.write(text, values, {deadlineMs: waitMs}),
})

/** What a ShardedPool on the lab is made with; its catalog is the first shard. */
export function poolOptions(
  {clusters}: Shards,
  {user, password}: Pick<RouterAccount, 'user' | 'password'>,
): ShardedPoolOptions {
  const reached = Object.assign({}, ...clusters.map(({endpoints}) => endpoints.postgres)) as Readonly<
    Record<string, {readonly host: string; readonly port: number}>
  >
  return {
    shards: Object.fromEntries(
      clusters.map(({cluster: {name}, endpoints: {rest}}) => [
        name,
        {patroni: Object.values(rest).map(({host, port}) => `http://${host}:${port}`)},
      ]),
    ),
    natMap: (_shard, node, host, port) => reached[node] ?? {host, port},
    user,
    password,
    database: 'hl',
    application_name: 'hl-shards',
    connectTimeoutMs: 1_000,
    waitMs,
  }
}
