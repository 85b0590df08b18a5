// A cluster of a lab becomes a shard of its map: migrated like the others, and shown to be the same. Invariants: it
// owns nothing before a move gives it something; whatever stopped it, the same call goes on. Not here: bringing the
// cluster up (src/lab), moving groups to it.
import type {Docker} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {applyMigrations, copyReferences, joinMap, type Migration} from '../shards/index.ts'
import {moveCluster} from './lab-moves.ts'
import {migrationTargets, primaryOf, withShards} from './lab-shards.ts'
import {catalogOf} from './look-at-shards.ts'
import {requireMigrated, shardsPrelude} from './prepare-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/**
 * Errors: SHARD_UNKNOWN where the lab has no such cluster; MOVE_INVALID where it has groups already; MIGRATION_REFUSED
 * and MIGRATION_FAILED, also where the schemas differ; LAB_UNHEALTHY, LAB_BUSY.
 */
export async function joinShard(
  docker: Docker,
  lab: ConnectedLab,
  {
    shard,
    migrations,
    progress,
    signal,
  }: {
    readonly shard: string
    readonly migrations: readonly Migration[]
    readonly progress?: (text: string) => void
    readonly signal?: AbortSignal
  },
): Promise<void> {
  requireCluster(lab, shard)
  await whileLocked(docker, {lab: lab.cluster.lab, what: 'hl shards add'}, async () => {
    const owner = {user: 'hl_migrations', password: lab.secrets.migrations}
    await asHlErrors(() =>
      withShards(lab, owner, async shards => {
        const {map} = await catalogOf(lab, shards)
        requireEmpty(map, shard)
        progress?.(`applying the migrations to ${shard}, and comparing all schemas`)
        const report = await applyMigrations(await migrationTargets(lab), migrations, {
          prelude: shardsPrelude(),
          ...(signal === undefined ? {} : {signal}),
        })
        signal?.throwIfAborted()
        requireMigrated(report, `${shard} is up, and is no shard of the map yet`)
        progress?.(`${shard} has the schema of the others`)
        await shareReferences(lab, shard, progress)
        const servers = shards.filter(({name}) => map.shards.includes(name) || name === shard).map(primaryOf)
        const [catalog] = servers
        if (catalog !== undefined) await joinMap(catalog.query, servers, shard)
      }),
    )
  })
}

/** What the others have been given since their migrations. What is written in these moments is found before a move. */
async function shareReferences(lab: ConnectedLab, shard: string, progress?: (text: string) => void): Promise<void> {
  const {shards, catalog} = moveCluster(lab)
  const joining = shards.find(({name}) => name === shard)
  if (joining === undefined || joining.name === catalog.name) return
  const copied = await copyReferences(catalog, joining)
  progress?.(
    copied.length === 0
      ? `${shard} has the reference tables of the others`
      : `copied the reference tables ${copied.join(', ')} from ${catalog.name}`,
  )
}

/** PURE: SHARD_UNKNOWN, with the command that brings one up. */
export function requireCluster({clusters, cluster}: Pick<ConnectedLab, 'clusters' | 'cluster'>, shard: string): void {
  const names = clusters.map(one => one.cluster.name)
  if (names.includes(shard)) return
  throw new HlError(
    'SHARD_UNKNOWN',
    `lab ${cluster.lab} has no cluster ${shard}: it has ${names.join(', ')}; nothing was changed`,
    {
      next: [hint('up', {flags: {'add-shard': true}, why: 'brings another cluster up'})],
    },
  )
}

/** PURE: a shard is added once. MOVE_INVALID. */
export function requireEmpty(map: {groupsOf(shard: string): readonly number[]}, shard: string): void {
  const {length} = map.groupsOf(shard)
  if (length === 0) return
  throw new HlError(
    'MOVE_INVALID',
    `${shard} is a shard of the map already, with ${length} groups; nothing was changed`,
    {
      next: [hint('shards rebalance', {why: 'gives it its share'}), hint('shards list')],
    },
  )
}
