// The database of the application under test: its migrations, and the way back to how it was. Invariant: what a reset
// goes back to is a database that nobody can change or connect to; while one is made, the old one serves; a reset that
// was cut off at any moment is finished by the next one. Not here: whether the cluster is whole (started-cluster.ts).
import {runScript} from '../lab/psql.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import type {AppMigration} from './read-migrations.ts'

/** A file whose first line is this is not run in one transaction: CREATE INDEX CONCURRENTLY and the like. */
const noTransactionMark = '-- hl: no-transaction'

/** PURE: the script of one file, as the owner of the schema. */
export function migrationScript(sql: string): string {
  const text = sql.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const asOwner = `SET client_min_messages = warning;\nSET ROLE hl_migrations;\n`
  if (text.split('\n', 1)[0]?.trimEnd() === noTransactionMark) return `${asOwner}${text}\n`
  return `${asOwner}BEGIN;\n${text}\n;COMMIT;\n`
}

/** Each file once, in order. MIGRATION_FAILED names the file, with the server's words. */
export async function applyMigrations(
  cluster: Cluster,
  primary: string,
  migrations: readonly AppMigration[],
): Promise<void> {
  for (const {name, sql} of migrations) {
    const {exitCode, stderr} = await runScript(cluster, primary, migrationScript(sql))
    if (exitCode !== 0)
      throw new HlError('MIGRATION_FAILED', `${name}: ${stderr.trim().slice(0, 1_000)}`, {
        next: ['correct the file; nothing of the cluster is kept'],
      })
  }
}

/** Privileges and settings of a database are none of its content, so a copy has none. */
const asHl = `REVOKE ALL ON DATABASE hl_next FROM PUBLIC;
GRANT CONNECT ON DATABASE hl_next TO hl_app, hl_readonly, hl_monitoring, hl_backup;
`

const keepScript = `DROP DATABASE IF EXISTS hl_kept_next;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'hl' AND pid <> pg_backend_pid();
CREATE DATABASE hl_kept_next TEMPLATE hl OWNER hl_migrations ALLOW_CONNECTIONS false;
DROP DATABASE IF EXISTS hl_kept;
ALTER DATABASE hl_kept_next RENAME TO hl_kept;
`

/** What two-phase commits left undecided would be in the way, and is thrown away with the rest. */
const rollBackScript = `SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = 'hl' \\gexec
`

const resetScript = `DROP DATABASE IF EXISTS hl_next;
CREATE DATABASE hl_next TEMPLATE hl_kept OWNER hl_migrations;
${asHl}DROP DATABASE IF EXISTS hl WITH (FORCE);
ALTER DATABASE hl_next RENAME TO hl;
`

/** What the database is now is what `resetDatabase` goes back to; connections to it are ended. */
export async function keepDatabase(cluster: Cluster, primary: string): Promise<void> {
  await run(cluster, primary, keepScript, 'what reset() goes back to could not be kept')
}

/** The same, where nothing is kept yet. */
export async function keepUnlessKept(cluster: Cluster, primary: string): Promise<void> {
  const sql = "SELECT count(*) FROM pg_database WHERE datname = 'hl_kept'"
  const {exitCode, stdout} = await runScript(cluster, primary, sql, 'postgres')
  if (exitCode !== 0 || stdout.trim() === '0') await keepDatabase(cluster, primary)
}

/** Connections to it are ended, prepared transactions are rolled back. */
export async function resetDatabase(cluster: Cluster, primary: string): Promise<void> {
  // A reset that was cut off may have left no database of that name.
  await runScript(cluster, primary, rollBackScript, 'hl')
  await run(cluster, primary, resetScript, 'the database could not be reset')
}

async function run(cluster: Cluster, primary: string, script: string, failed: string): Promise<void> {
  const {exitCode, stderr} = await runScript(cluster, primary, script, 'postgres')
  if (exitCode === 0) return
  throw new HlError('STATEMENT_FAILED', `${failed}: ${stderr.trim().slice(0, 500)}`, {
    next: [
      'end what holds the database: logical replication slots, and before snapshot() prepared transactions',
      hint('status', {lab: cluster.lab}),
    ],
  })
}
