// Brings one table from a recovery copy back into the running cluster; nothing else there is touched. Invariants:
// nothing is overwritten: a table of that name must be gone or out of the way; it comes back whole or not at all (one
// transaction). Not here: the copy (make-copy.ts), the pipe between containers (src/lab/nodes).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster, ExecResult, RestoreNode} from '../../model/ports.ts'
import {psqlOn} from '../ask-node.ts'
import {lastWords, runOnNode} from '../run-on-node.ts'
import {endRecovery, query} from './copy-server.ts'

/** From a file in the copy's container to the standard input of a command in a service's. */
export type Pipe = (
  from: readonly string[],
  to: {readonly service: string; readonly argv: readonly string[]},
) => Promise<ExecResult>

const inHl = {database: 'hl'}
const dumpFile = '/var/lib/postgresql/table.dump'

/**
 * Returns how many rows came back. An abort ends it between its steps: what has begun to come back comes back.
 * Errors: TARGET_INVALID (no such table in the copy, or one in the cluster), LAB_UNHEALTHY, RESTORE_FAILED,
 * INTERRUPTED.
 */
export async function bringTable(
  cluster: Cluster,
  node: RestoreNode,
  table: string,
  pipe: Pipe,
  signal?: AbortSignal,
): Promise<number> {
  const {primary} = await cluster.state()
  if (primary === null)
    throw new HlError('LAB_UNHEALTHY', `lab ${cluster.lab} has no primary that the table could go to`, {
      next: [hint('status', {lab: cluster.lab})],
    })
  const name = await sqlName(node, table)
  await requireAbsent(cluster, primary, name)
  stopHere(signal, 'nothing was done')
  await endRecovery(node)
  stopHere(signal, `nothing of ${name} was brought back; the copy was promoted for it`)
  await runOnNode(
    node,
    `dumping ${name}`,
    [
      'pg_dump',
      '--lock-wait-timeout=10s',
      '-F',
      'custom',
      '-Z',
      '0',
      `--table-and-children=${name}`,
      '-f',
      dumpFile,
      '-d',
      'hl',
    ],
    {next: [hint('copy sql', {args: [`select count(*) from ${name}`]})]},
  )
  stopHere(signal, `nothing of ${name} was brought back`)
  const {exitCode, stderr} = await pipe(['cat', dumpFile], {
    service: primary,
    argv: ['env', 'PGOPTIONS=-c lock_timeout=10s', 'pg_restore', '--single-transaction', '--exit-on-error', '-d', 'hl'],
  })
  if (exitCode !== 0)
    throw new HlError(
      'RESTORE_FAILED',
      `bringing ${name} back failed, and nothing of it is there: ${lastWords(stderr)}`,
      {
        next: [
          'what it depends on must be there: its schema, types, tables of foreign keys',
          hint('psql', {lab: cluster.lab}),
        ],
      },
    )
  await runOnNode(node, 'removing the dump', ['rm', '-f', dumpFile], {next: [hint('copy drop')]})
  return Number(await psqlOn(cluster, primary, `SELECT count(*) FROM ${name}`, inHl))
}

async function requireAbsent(cluster: Cluster, primary: string, name: string): Promise<void> {
  if ((await psqlOn(cluster, primary, `SELECT to_regclass(${literal(name)}) IS NOT NULL`, inHl)) !== 't') return
  throw new HlError('TARGET_INVALID', `lab ${cluster.lab} has a table ${name}, and nothing is overwritten`, {
    next: [
      `move it out of the way first: ALTER TABLE ${name} RENAME TO …, its indexes and sequences too, or DROP TABLE`,
      hint('copy sql', {args: [`select * from ${name}`], why: 'reads the old rows where they are'}),
    ],
  })
}

/**
 * Schema and name as the copy has them, quoted where SQL needs it. That is a pattern of pg_dump's for this table alone
 * too: it takes what is quoted literally, and nothing else has a wildcard, a dot or an upper case.
 */
async function sqlName(node: RestoreNode, table: string): Promise<string> {
  const name = await query(
    node,
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(${literal(table)})`,
  )
  if (name === '')
    throw new HlError('TARGET_INVALID', `there is no table ${table} in the copy`, {
      next: [
        'write it as in SQL: schema.table, with double quotes where SQL needs them',
        hint('copy sql', {args: ['select schemaname, tablename from pg_tables']}),
      ],
    })
  return name
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function stopHere(signal: AbortSignal | undefined, done: string): void {
  if (signal?.aborted === true) throw new HlError('INTERRUPTED', `interrupted: ${done}`, {next: ['run it again']})
}
