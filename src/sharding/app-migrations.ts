// The migrations that come with hl: the payments back office, sharded by user_id. Not here: applying them
// (prepare-shards.ts).
import {join} from 'node:path'
import {packageRoot} from '../lab/lifecycle/package-files.ts'
import {readMigrations, type Migration} from '../shards/index.ts'
import {asHlErrors} from './shard-errors.ts'

/** Those of `folder`, or of the back office. CONFIG_INVALID for a folder that holds none. */
export async function appMigrations(folder?: string): Promise<readonly Migration[]> {
  return asHlErrors(() => readMigrations(folder ?? join(packageRoot(), 'migrations', 'app')))
}
