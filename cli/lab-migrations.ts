// From a lab to the databases that migrations go to, and from what the library over shards refuses to hl's own errors.
// Invariant: all clusters have a primary before any is named. Not here: applying (src/shards/migrate/).
import {join} from 'node:path'
import {Flags} from '@oclif/core'
import {chooseShard} from '../src/lab/lifecycle/choose-shard.ts'
import {packageRoot} from '../src/lab/lifecycle/package-files.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {hint, type NextStep} from '../src/model/command-hint.ts'
import {HlError, type ErrorCode} from '../src/model/errors.ts'
import {readMigrations, ShardError, type Migration, type MigrationTarget} from '../src/shards/index.ts'

export const folderFlag = {
  folder: Flags.string({
    description:
      'the folder with the migrations, 0001_what_it_does.sql (default: those of the back office that hl brings)',
    helpValue: '<dir>',
  }),
}

/** The migrations of the folder; absent: those that come with hl. */
export async function migrationFiles(folder?: string): Promise<readonly Migration[]> {
  return asHlErrors(() => readMigrations(folder ?? join(packageRoot(), 'migrations', 'app')))
}

/**
 * The database `hl` on the primary of each cluster, as the role that owns what is in it. SHARD_UNKNOWN for a shard that
 * is not there; LAB_UNHEALTHY while a cluster has no primary that can be reached.
 */
export async function migrationTargets(lab: ConnectedLab, shard?: string): Promise<readonly MigrationTarget[]> {
  const named = lab.clusters.map((one, index) => ({...one, name: lab.description.clusters[index]?.name ?? ''}))
  const only = shard === undefined ? null : chooseShard(lab.description, {shard})
  const wanted = named.filter(({name}) => only === null || name === only)
  return Promise.all(
    wanted.map(async ({name, cluster, endpoints}) => {
      const {primary} = await cluster.state()
      const endpoint = primary === null ? undefined : endpoints.postgres[primary]
      if (endpoint === undefined)
        throw new HlError(
          'LAB_UNHEALTHY',
          `cluster ${name} of lab ${cluster.lab} has no primary that can be reached; nothing was changed on any`,
          {
            next: [hint('status')],
          },
        )
      const {host, port} = endpoint
      return {name, connection: {host, port, user: 'hl_migrations', password: lab.secrets.migrations, database: 'hl'}}
    }),
  )
}

/** What `work` throws as ShardError becomes an HlError with a next step. */
export async function asHlErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ShardError) || error.code === 'ABORTED') throw error
    throw new HlError(codeOf(error), error.message, {next: [nextStep(error)], cause: error.cause})
  }
}

function codeOf({code}: ShardError): ErrorCode {
  if (code === 'MIGRATION_REFUSED' || code === 'CONFIG_INVALID') return code
  return code === 'SHARD_FAILED' ? 'LAB_UNHEALTHY' : 'BUG'
}

function nextStep({code, detail}: ShardError): NextStep {
  if (code === 'CONFIG_INVALID') return 'correct the folder or its files'
  if (code === 'SHARD_FAILED' || detail['reason'] === 'UNREACHABLE' || detail['reason'] === 'STANDBY')
    return hint('status')
  if (detail['reason'] === 'NO_PARTMAN') return hint('migrations apply', {why: 'makes it'})
  return hint('migrations status', {why: 'shows each shard'})
}
