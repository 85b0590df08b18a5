// Brings one table from a recovery copy back into the running cluster; nothing else there is touched. Invariants:
// nothing is overwritten: a table of that name must be gone or out of the way; it comes back whole or not at all (one
// transaction); what came back is compared with what was there, rows and catalog, before anybody else can change it,
// and what is not the same is told. Not here: the copy (make-copy.ts), what a table is (table-facts.ts), the pipe
// between containers (src/lab/nodes).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster, ExecResult, RestoreNode} from '../../model/ports.ts'
import {psqlOn} from '../ask-node.ts'
import {sameForm} from '../content/content-sql.ts'
import {runOnNode, serverWords} from '../run-on-node.ts'
import {endRecovery, query} from './copy-server.ts'
import {differencesOf, factsOf, literal, rowsOf, tablesOf, type Differences, type TableFact} from './table-facts.ts'

/** From a file in the copy's container to the standard input of a command in a service's. */
export type Pipe = (
  from: readonly string[],
  to: {readonly service: string; readonly argv: readonly string[]},
) => Promise<ExecResult>

/** What came back, beside what was there. */
export interface BroughtTable extends Differences {
  readonly rows: number
  /** Tables whose rows are not those of the copy. */
  readonly otherRows: readonly string[]
  /** They are there without their rows, which no WAL has. */
  readonly unlogged: readonly string[]
}

const inHl = {database: 'hl'}
const dumpFile = '/var/lib/postgresql/table.dump'
const tailFile = '/var/lib/postgresql/table.sql'
const lockS = 10

/**
 * An abort ends it between its steps: what has begun to come back comes back.
 * Errors: TARGET_INVALID (no such table in the copy, or one in the cluster), LAB_UNHEALTHY, RESTORE_FAILED,
 * INTERRUPTED.
 */
export async function bringTable(
  cluster: Cluster,
  node: RestoreNode,
  table: string,
  pipe: Pipe,
  signal?: AbortSignal,
): Promise<BroughtTable> {
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
  const was = await describe(node, name)
  await dumpTable(node, name, was)
  stopHere(signal, `nothing of ${name} was brought back`)
  const {exitCode, stdout, stderr} = await pipe(['bash', '-euo', 'pipefail', '-c', script], {
    service: primary,
    argv: [
      'env',
      `PGOPTIONS=${settings}`,
      'psql',
      '-X',
      '-q',
      '-A',
      '-t',
      '-w',
      '-v',
      'ON_ERROR_STOP=1',
      '-d',
      'hl',
      '-f',
      '-',
    ],
  })
  if (exitCode !== 0)
    throw new HlError(
      'RESTORE_FAILED',
      `bringing ${name} back failed, and nothing of it is there: ${serverWords(stderr)}`,
      {
        next: [
          'what it depends on must be there: its schema, types, tables of foreign keys',
          hint('psql', {lab: cluster.lab}),
        ],
      },
    )
  await runOnNode(node, 'removing the dump', ['rm', '-f', dumpFile, tailFile], {next: [hint('copy drop')]})
  return compare(name, was, stdout)
}

interface Described {
  readonly facts: readonly TableFact[]
  readonly seen: readonly Rows[]
  readonly unlogged: readonly string[]
}

interface Rows {
  readonly name: string
  readonly rows: number
  readonly hash: string
}

/** In the copy, where nothing changes any more. */
async function describe(node: RestoreNode, name: string): Promise<Described> {
  const inForm = `SET ${sameForm.join('; SET ')};`
  const {rows, unlogged} = documentIn(await query(node, `${inForm} ${tablesOf(name)}`), 'rows') as {
    rows: readonly string[]
    unlogged: readonly string[]
  }
  const {seen} = documentIn(await query(node, `${inForm} ${rowsOf(rows)}`), 'seen') as {seen: readonly Rows[]}
  const {facts} = documentIn(await query(node, `${inForm} ${factsDocument(name)}`), 'facts') as {
    facts: readonly TableFact[]
  }
  return {facts, seen, unlogged}
}

/** Beside the dump a script that follows it in its transaction: what the dump leaves out, and what there is then. */
async function dumpTable(node: RestoreNode, name: string, {facts, seen}: Described): Promise<void> {
  await runOnNode(
    node,
    `dumping ${name}`,
    [
      'pg_dump',
      `--lock-wait-timeout=${lockS}s`,
      '-F',
      'custom',
      '-Z',
      '0',
      // A standby does not read them, and they are empty.
      '--no-unlogged-table-data',
      `--table-and-children=${name}`,
      '-f',
      dumpFile,
      '-d',
      'hl',
    ],
    {next: [hint('copy sql', {args: [`select count(*) from ${name}`]})]},
  )
  await runOnNode(node, 'writing what follows the dump', ['sh', '-euc', `cat >${tailFile}`], {
    next: [hint('copy show')],
    stdin: tail(name, facts, seen),
  })
}

/** Of the database that it comes back into none has a say but those that pg_restore leaves. */
const settings = `-c default_transaction_read_only=off -c role=none -c lock_timeout=${lockS}s`

/**
 * The transaction ends with the tail, so that nothing comes back of a dump that could not be read to its end. By itself
 * pg_restore waits for locks for ever, and says so at the head of its script.
 */
const script =
  `echo 'BEGIN;'; pg_restore -f - ${dumpFile} | sed "0,/^SET lock_timeout = 0;\\$/s//SET lock_timeout = ` +
  `'${lockS}s';/"; cat ${tailFile}`

/**
 * Rights come by the default privileges of the cluster too, as the copy's did not; the dump of one table leaves out its
 * extended statistics. Each is put right by itself: what cannot be is told, and is no reason to lose the table.
 */
function tail(name: string, facts: readonly TableFact[], seen: readonly Rows[]): string {
  const was = `json_to_recordset(${literal(JSON.stringify(facts))}) AS w(key text, sql text, own boolean)`
  return `
${sameForm.map(setting => `SET ${setting};`).join('\n')}
SET standard_conforming_strings = on;
\\set ON_ERROR_STOP off
\\set ON_ERROR_ROLLBACK on
SELECT f.undo FROM (${factsOf(name)}) f WHERE f.undo IS NOT NULL AND f.key NOT IN (SELECT w.key FROM ${was}) \\gexec
SELECT w.sql FROM ${was} WHERE w.own AND w.sql IS NOT NULL AND w.key NOT IN (SELECT f.key FROM (${factsOf(name)}) f) \\gexec
\\set ON_ERROR_ROLLBACK off
\\set ON_ERROR_STOP on
${factsDocument(name)};
${rowsOf(seen.map(({name: each}) => each))};
COMMIT;
`
}

const factsDocument = (name: string): string =>
  `SELECT jsonb_build_object('facts', coalesce(jsonb_agg(f ORDER BY f.key), '[]')) FROM (${factsOf(name)}) f`

function compare(name: string, {facts, seen, unlogged}: Described, stdout: string): BroughtTable {
  const now = documentIn(stdout, 'facts') as {facts: readonly TableFact[]}
  const {seen: rows} = documentIn(stdout, 'seen') as {seen: readonly Rows[]}
  const there = new Map(rows.map(each => [each.name, each]))
  const other = seen.flatMap(before => {
    const after = there.get(before.name)
    if (after === undefined || after.rows !== before.rows)
      return [`${before.name} has ${after?.rows ?? 0} rows, in the copy ${before.rows}`]
    return after.hash === before.hash ? [] : [`${before.name} has ${before.rows} rows, and not the same ones`]
  })
  if (now.facts.length === 0)
    throw new HlError('BUG', `${name} is back, and its catalog is empty`, {
      next: ['report this with the command you ran'],
    })
  const total = rows.reduce((sum, each) => sum + each.rows, 0)
  return {rows: total, otherRows: other, unlogged, ...differencesOf(facts, now.facts)}
}

/** The line that is such a document. RESTORE_FAILED without one: nothing was compared then. */
function documentIn(stdout: string, field: string): unknown {
  const line = stdout.split('\n').find(text => text.startsWith(`{"${field}"`))
  try {
    return JSON.parse(line ?? '')
  } catch (cause) {
    throw new HlError('RESTORE_FAILED', `no answer about ${field}: ${stdout.trim().slice(-200)}`, {
      next: [hint('copy show')],
      cause,
    })
  }
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
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid ` +
      `= c.relnamespace WHERE c.oid = to_regclass(${literal(table)})`,
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

function stopHere(signal: AbortSignal | undefined, done: string): void {
  if (signal?.aborted === true) throw new HlError('INTERRUPTED', `interrupted: ${done}`, {next: ['run it again']})
}
