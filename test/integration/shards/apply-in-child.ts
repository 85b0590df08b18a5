// A run of migrations in a process of its own, to be killed. Its one argument: {targets, files, limits} as JSON. For
// tests only.
import {applyMigrations} from '../../../src/shards/migrate/apply-migrations.ts'

const {targets, files, limits} = JSON.parse(process.argv[2] ?? '') as {
  readonly targets: Parameters<typeof applyMigrations>[0]
  readonly files: Parameters<typeof applyMigrations>[1]
  readonly limits: object
}
await applyMigrations(targets, files, {limits})
