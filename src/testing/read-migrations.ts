// The migrations of an application: a folder's *.sql files. Not here: running them (app-database.ts).
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {HlError} from '../model/errors.ts'

export interface AppMigration {
  readonly name: string
  readonly sql: string
}

/** In the order of their names. CONFIG_INVALID for a folder that cannot be read, and for one without any. */
export async function readAppMigrations(folder: string): Promise<readonly AppMigration[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new HlError('CONFIG_INVALID', `the migrations in ${folder} cannot be read`, {
      next: ['withMigrations() takes a folder, from where the test runs or absolute'],
      cause,
    })
  })
  const files = names.filter(name => name.endsWith('.sql')).sort()
  if (files.length === 0)
    throw new HlError('CONFIG_INVALID', `${folder} holds no *.sql file`, {next: ['leave withMigrations() out']})
  return Promise.all(files.map(async name => ({name, sql: await readFile(join(folder, name), 'utf8')})))
}
