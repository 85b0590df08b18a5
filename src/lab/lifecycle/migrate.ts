// Applies hl's own migrations to the database hl, once each, as the role that owns it. Each runs in one transaction
// with the note that it ran. AccessPathName `docker exec` and the local socket, so no password is needed. Not here: the
// SQL (migrations/hl/).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster} from '../../model/ports.ts'
import {lines} from '../docker/parse-docker.ts'
import {runScript} from '../psql.ts'
import type {Migration} from './package-files.ts'

/** The note is kept in schema public, for the first migration itself makes the schema hl. */
const ledger = 'public.hl_migrations_applied'

/** Applies what is not applied yet; returns the names. `primary`: the node that takes writes. */
export async function migrate(
  cluster: Cluster,
  primary: string,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const looked = await script(
    cluster,
    primary,
    `SET ROLE hl_migrations;\nCREATE TABLE IF NOT EXISTS ${ledger} (name text PRIMARY KEY, applied_at timestamptz ` +
      `NOT NULL DEFAULT now());\nSELECT name FROM ${ledger} ORDER BY name;\n`,
  )
  const applied = new Set(lines(looked))
  const due = migrations.filter(migration => !applied.has(migration.name))
  for (const migration of due) await script(cluster, primary, migrationScript(migration))
  return due.map(migration => migration.name)
}

/** PURE: the migration and its note in one transaction. */
export function migrationScript({name, sql}: Migration): string {
  if (!/^[\w.-]+$/.test(name))
    throw new HlError('BUG', `a migration may not be called ${name}`, {next: ['use letters, digits, hyphens and dots']})
  return `BEGIN;\nSET LOCAL ROLE hl_migrations;\n${sql}\nINSERT INTO ${ledger} (name) VALUES ('${name}');\nCOMMIT;\n`
}

async function script(cluster: Cluster, node: string, sql: string): Promise<string> {
  const result = await runScript(cluster, node, `SET client_min_messages = warning;\n${sql}`)
  if (result.exitCode === 0) return result.stdout
  throw new HlError('LAB_UNHEALTHY', `a migration failed on ${node}: ${result.stderr.trim().slice(0, 500)}`, {
    next: [hint('logs', {args: [node], lab: cluster.lab}), hint('down', {lab: cluster.lab})],
  })
}
