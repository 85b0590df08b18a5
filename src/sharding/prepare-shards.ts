// Makes the clusters of a lab into shards: one schema on all of them, then a map. Invariants: the map comes last, so a
// lab that has one has all; a lab that has one keeps it, and nothing of it is touched; whatever stopped it, the same
// call goes on. Not here: migrations and the writing of maps (src/shards).
import type {Docker} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import type {UpOptions} from '../lab/lifecycle/make-lab.ts'
import {checkRequest} from '../lab/lifecycle/plan-up.ts'
import {upLab, type UpResult} from '../lab/lifecycle/up-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {
  applyMigrations,
  firstMap,
  readCatalog,
  shardsSchema,
  writeMap,
  type Migration,
  type MigrationsReport,
} from '../shards/index.ts'
import {isSharded, migrationTargets, primaryOf, withShards} from './lab-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/** The map of a lab of shards, and what was done for it. */
export interface PreparedShards {
  /** Of the map. */
  readonly id: string
  /** Of the whole map. */
  readonly epoch: number
  /** By name; the first keeps the map for all. */
  readonly shards: readonly string[]
  /** `kept`: it was there, and nothing was touched. */
  readonly did: 'written' | 'kept'
  /** Those that were applied just now, by the names of their files. */
  readonly migrations: readonly string[]
}

/** How shards are prepared. */
export interface PrepareOptions {
  /** What makes their tables, where there is no map yet. */
  readonly migrations: readonly Migration[]
  /** Told before each step. */
  readonly progress?: ((text: string) => void) | undefined
  /** Cuts migrations off; the servers roll back what is under way. */
  readonly signal?: AbortSignal | undefined
}

/** The roles of the lab that write through pools. */
const shardWriters = ['hl_app'] as const

/** What goes before the migrations of shards, each time: the schema hl_shards. */
export const shardsPrelude = (): string => shardsSchema({writers: shardWriters})

/**
 * Takes the lab, brings it up, and prepares its shards; `map` null: it is one cluster. Errors: LAB_BUSY, those of
 * upLab() and prepareShards(); bad input is refused before the lab is taken.
 */
export async function bringUpPrepared(
  docker: Docker,
  options: UpOptions & Pick<PrepareOptions, 'migrations'>,
): Promise<UpResult & {readonly map: PreparedShards | null}> {
  checkRequest(options)
  return whileLocked(docker, {lab: options.name, what: 'hl up'}, async () => {
    const up = await upLab(docker, options)
    return {...up, map: isSharded(up.lab) ? await prepareShards(up.lab, options) : null}
  })
}

/**
 * One schema on all shards, and the first map on the first of them, for a lab with all its primaries. Errors:
 * MIGRATION_REFUSED for a lab with other migrations, MIGRATION_FAILED, LAB_UNHEALTHY.
 */
export async function prepareShards(
  lab: Pick<ConnectedLab, 'clusters' | 'secrets' | 'description'>,
  options: PrepareOptions,
): Promise<PreparedShards> {
  const owner = {user: 'hl_migrations', password: lab.secrets.migrations}
  return asHlErrors(() =>
    withShards(lab, owner, async shards => {
      const servers = shards.map(primaryOf)
      const [catalog] = servers
      if (catalog === undefined) throw noShards(lab.description.lab)
      const known = await readCatalog(catalog.query)
      if (known !== null) {
        const {mapId, map} = known
        return {id: mapId, epoch: map.epoch, shards: map.shards, did: 'kept', migrations: []}
      }
      const migrations = await applied(lab, options)
      options.signal?.throwIfAborted()
      options.progress?.('writing the map of the shards')
      const map = firstMap(servers.map(({name}) => name))
      const id = await writeMap(catalog.query, servers, map)
      return {id, epoch: map.epoch, shards: map.shards, did: 'written', migrations}
    }),
  )
}

async function applied(
  lab: Pick<ConnectedLab, 'clusters' | 'secrets' | 'description'>,
  {migrations, progress, signal}: PrepareOptions,
): Promise<readonly string[]> {
  progress?.('applying the migrations of the shards')
  const report = await applyMigrations(await migrationTargets(lab), migrations, {
    prelude: shardsPrelude(),
    ...(signal === undefined ? {} : {signal}),
    onProgress: ({shard, migration, what, message}) => {
      if (what !== 'applied') progress?.(`${shard}: ${migration} ${what}: ${message}`)
    },
  })
  signal?.throwIfAborted()
  requireApplied(report)
  return [...new Set(report.shards.flatMap(shard => shard.applied))].sort()
}

/** PURE: MIGRATION_FAILED unless all shards have all. */
export function requireApplied(report: MigrationsReport): void {
  requireMigrated(report, 'the lab is up, and its shards have no map')
}

/** PURE: the same; `but`: what is so all the same. */
export function requireMigrated({outcome, shards, drift}: MigrationsReport, but: string): void {
  if (outcome === 'applied') return
  const failures = shards.flatMap(({shard, failure}) =>
    failure === null ? [] : [`${shard}: ${failure.migration}: ${failure.message}`],
  )
  const why = [...failures, ...(drift === null ? [] : [drift.message])].join('; ')
  throw new HlError('MIGRATION_FAILED', `${but}: ${why}`, {
    next: [hint('migrations status', {why: 'shows each shard'}), hint('up', {why: 'goes on, once that is mended'})],
  })
}

const noShards = (lab: string): HlError =>
  new HlError('LAB_UNHEALTHY', `lab ${lab} has no PostgreSQL node`, {next: [hint('down', {lab})]})
