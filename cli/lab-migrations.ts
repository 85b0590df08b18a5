// Which migrations are meant: those of a folder, or those that hl brings. Not here: applying them
// (src/shards/migrate/).
import {join} from 'node:path'
import {Flags} from '@oclif/core'
import {packageRoot} from '../src/lab/lifecycle/package-files.ts'
import {asHlErrors} from '../src/sharding/shard-errors.ts'
import {readMigrations, type Migration} from '../src/shards/index.ts'

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
