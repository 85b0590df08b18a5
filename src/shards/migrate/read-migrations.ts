// The migrations of a folder. Not here: what a migration is (migration-file.ts), which are due (plan-migrations.ts).
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {ShardError} from '../shard-error.ts'
import {migrationOf, orderedMigrations, type Migration} from './migration-file.ts'

/**
 * The folder's `*.sql` files in order of their numbers; other files are left alone. CONFIG_INVALID when the folder
 * cannot be read, holds none, or holds one with a name that is no migration's.
 */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ShardError('CONFIG_INVALID', `the migrations in ${folder} cannot be read: name a folder that is there`, {
      cause,
    })
  })
  const files = names.filter(name => name.endsWith('.sql'))
  if (files.length === 0)
    throw new ShardError('CONFIG_INVALID', `${folder} holds no migration: files are called 0001_what_it_does.sql`)
  return orderedMigrations(
    await Promise.all(files.map(async name => migrationOf(name, await readFile(join(folder, name), 'utf8')))),
  )
}
