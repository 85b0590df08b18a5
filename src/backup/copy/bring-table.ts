// Brings one table from a recovery copy back into the running cluster; nothing else there is touched. Invariants: nothing is overwritten: a table of that name must be gone or
// out of the way; it comes back whole or not at all (one transaction). Not here: the copy (make-copy.ts), the pipe between containers (cli).
import {HlError} from '../../model/errors.ts'
import type {Cluster, ExecResult, RestoreNode} from '../../model/ports.ts'
import {endRecovery, query} from './make-copy.ts'

/** From a file in the copy's container to the standard input of a command in a service's. */
export type Pipe = (from: readonly string[], to: {readonly service: string; readonly argv: readonly string[]}) => Promise<ExecResult>

const dumpFile = '/var/lib/postgresql/table.dump'
const withinMs = 6 * 3_600_000

/** Returns how many rows came back. Errors: TARGET_INVALID (no such table in the copy, or one in the cluster), LAB_UNHEALTHY, RESTORE_FAILED. */
export async function bringTable(cluster: Cluster, node: RestoreNode, table: string, pipe: Pipe): Promise<number> {
  const {primary} = await cluster.state()
  if (primary === null) throw new HlError('LAB_UNHEALTHY', `lab ${cluster.lab} has no primary that the table could go to`, {next: [`hl status --lab ${cluster.lab}`]})
  const name = quoted(table)
  const inCopy = await query(node, `SELECT to_regclass(${name}) IS NOT NULL`)
  if (inCopy !== 't') throw new HlError('TARGET_INVALID', `there is no table ${table} in the copy`, {next: ['write it as schema.table', "hl copy sql \"select schemaname, tablename from pg_tables\""]})
  if ((await ask(cluster, primary, `SELECT to_regclass(${name}) IS NOT NULL`)) === 't') {
    throw new HlError('TARGET_INVALID', `lab ${cluster.lab} has a table ${table}, and nothing is overwritten`, {next: [`move it out of the way first: ALTER TABLE ${table} RENAME TO …, its indexes and sequences too, or DROP TABLE`, `read the old rows where they are: hl copy sql "select * from ${table}"`]})
  }
  await endRecovery(node)
  const dumped = await node.exec(['pg_dump', '--lock-wait-timeout=10s', '-F', 'custom', '-Z', '0', `--table-and-children=${table}`, '-f', dumpFile, '-d', 'hl'], {user: 'postgres', timeoutMs: withinMs})
  if (dumped.exitCode !== 0) throw new HlError('RESTORE_FAILED', `pg_dump of ${table} failed: ${dumped.stderr.trim().slice(-300)}`, {next: [`hl copy sql "select count(*) from ${table}"`]})
  const {exitCode, stderr} = await pipe(['cat', dumpFile], {service: primary, argv: ['env', 'PGOPTIONS=-c lock_timeout=10s', 'pg_restore', '--single-transaction', '--exit-on-error', '-d', 'hl']})
  if (exitCode !== 0) throw new HlError('RESTORE_FAILED', `pg_restore of ${table} failed, and nothing of it is there: ${stderr.trim().slice(-300)}`, {next: ['what it depends on must be there: its schema, types, tables of foreign keys', `hl psql --lab ${cluster.lab}`]})
  await node.exec(['rm', '-f', dumpFile], {user: 'postgres', timeoutMs: 60_000})
  return Number(await ask(cluster, primary, `SELECT count(*) FROM ${table}`))
}

/** A literal of SQL. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

async function ask(cluster: Cluster, member: string, sql: string): Promise<string> {
  const {exitCode, stdout, stderr} = await cluster.exec(member, ['psql', '-X', '-q', '-A', '-t', '-d', 'hl', '-c', sql], {user: 'postgres', timeoutMs: 30_000})
  if (exitCode === 0) return stdout.trim()
  throw new HlError('LAB_UNHEALTHY', `${member} does not answer: ${stderr.trim().slice(0, 300)}`, {next: [`hl status --lab ${cluster.lab}`]})
}
