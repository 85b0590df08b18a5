// What the catalogs say of some tables at a place in the WAL: the copied data is recovered up to there, asked, and
// stopped. Invariant: it only looks; recovery goes on from there, or from data that was copied anew.
// Not here: what happened to the tables from there on (follow-tables.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {parseReached, tooManySubtransactions} from '../restore/run-restore.ts'
import {runOnNode, type NodeTask} from '../run-on-node.ts'
import {restoreCommand} from '../wal/timeline-history.ts'
import type {Catalogs} from './follow-names.ts'
import type {WatchedTable} from './follow-tables.ts'
import type {SearchRange} from './read-wal.ts'
import {relationOfPath} from './relation-name.ts'
import type {NamedTarget} from './statement-targets.ts'

export const locateTask: NodeTask = {
  next: [hint('backups verify'), 'give the target yourself: --to, --to-lsn or --to-xid'],
}

/** Brings the data to one place after the other, to be looked at there. */
export interface Lookout {
  /**
   * Just before the record that starts there; null: where the data is consistent. Stops it again behind the look.
   * RESTORE_FAILED when recovery does not get there.
   */
  readonly lookAt: <T>(beforeLsn: Lsn | null, look: () => Promise<T>) => Promise<T>
  /** Makes sure that recovery can end just before that record. */
  readonly comeBefore: (lsn: Lsn) => Promise<void>
}

/** Of data that stands where it is consistent, stopped. */
export function lookoutOf(node: RestoreNode, range: SearchRange): Lookout {
  let stands: Lsn = 0n
  let promoted = false
  const fetchAgain = async (): Promise<void> => {
    if (range.fetchAgain === undefined)
      throw new HlError('RESTORE_FAILED', 'the copy has gone too far for what was found', {
        next: [hint('copy drop', {why: 'takes it away; make it again'})],
      })
    await range.fetchAgain()
    stands = 0n
    promoted = false
  }
  return {
    lookAt: async (beforeLsn, look) => {
      if (promoted) await fetchAgain()
      const before = beforeLsn !== null && beforeLsn > range.consistentLsn ? beforeLsn : null
      promoted = !(await pauseAt(node, range, before))
      if (promoted && range.fetchAgain === undefined) throw cannotBePaused()
      const seen = await look()
      await runOnNode(node, 'stopping the data that was looked at', ['recovery', 'stop'], locateTask)
      stands = before ?? range.consistentLsn
      return seen
    },
    comeBefore: async lsn => {
      if (promoted || stands > lsn) await fetchAgain()
    },
  }
}

/**
 * False: where it was to be paused PostgreSQL has promoted it, since nobody is let in before a transaction has ended
 * that had too many subtransactions for a list. What it holds is the same; no recovery goes on from there.
 */
async function pauseAt(node: RestoreNode, range: SearchRange, beforeLsn: Lsn | null): Promise<boolean> {
  const {listing, lineage} = range
  const target =
    beforeLsn === null
      ? ['recovery_target=immediate']
      : [`recovery_target_lsn=${formatLsn(beforeLsn)}`, 'recovery_target_inclusive=off']
  const settings = [
    `restore_command=${restoreCommand(`/archive/${listing.systemIdentifier}`, lineage, listing.segmentBytes)}`,
    `recovery_target_timeline=${lineage.at(-1)?.timeline ?? 1}`,
    ...target,
  ]
  await runOnNode(
    node,
    'starting the data to look for the table',
    ['recovery', 'start', ...settings, 'recovery_target_action=pause'],
    locateTask,
  )
  const doing = 'bringing the data to where it is looked at'
  return parseReached(await runOnNode(node, doing, ['recovery', 'wait'], locateTask)).inRecovery
}

function cannotBePaused(): HlError {
  return new HlError(
    'RESTORE_FAILED',
    `the copy was promoted where it was to be looked at: ${tooManySubtransactions}`,
    {
      next: [hint('copy drop', {why: 'takes it away; make it again'})],
    },
  )
}

export interface FoundTable extends WatchedTable {
  /** Which of the targets it belongs to. */
  readonly target: number
  /** As SQL names it; null for one that the target only reaches: a partition, a child, the table under a view. */
  readonly sqlName: string | null
}

/** In one database of the server that runs there; none where there is no such database. */
export async function tablesOf(
  node: RestoreNode,
  database: string,
  targets: readonly NamedTarget[],
): Promise<readonly FoundTable[]> {
  const known = await ask(node, 'postgres', databaseQuestion, {name: database})
  if (known !== 't') return []
  const answer = await ask(node, database, tablesQuestion, {targets: JSON.stringify(targets)})
  const rows = (answer === '' ? [] : JSON.parse(answer)) as readonly {
    readonly target: number
    readonly oid: string
    readonly name: string
    readonly sqlName: string | null
    readonly path: string | null
    readonly kin: readonly string[]
  }[]
  return rows.map(({target, oid, name, sqlName, path, kin}) => ({
    target,
    oid,
    name,
    sqlName,
    file: path === null ? null : relationOfPath(path),
    kin: new Set(kin),
  }))
}

/** What a name means there, and whose each file of its database is; empty where there is no such database. */
export async function catalogsOf(node: RestoreNode, database: string, target: NamedTarget): Promise<Catalogs> {
  const tables = await tablesOf(node, database, [target])
  if ((await ask(node, 'postgres', databaseQuestion, {name: database})) !== 't') return noCatalogs
  const lines = (await ask(node, database, relationsQuestion, {})).split('\n').map(line => line.split(' '))
  const [[oid = ''] = []] = lines
  const relations = lines.slice(1)
  return {
    tables,
    database: oid,
    tableOids: new Set(relations.flatMap(([kind = '', relation = '']) => (/[rmp]/.test(kind) ? [relation] : []))),
    owners: new Map(
      relations.flatMap(([, relation = '', path = '']) => {
        const file = relationOfPath(path)
        return file === null ? [] : [[file, relation] as const]
      }),
    ),
  }
}

const noCatalogs: Catalogs = {tables: [], database: '', tableOids: new Set(), owners: new Map()}

/** Of a name that `tablesOf` gave; null where a transaction under way there has locked it, so that nobody can count. */
export async function rowsOf(node: RestoreNode, database: string, sqlName: string): Promise<number | null> {
  try {
    return Number(await ask(node, database, `SELECT count(*) FROM ${sqlName};`, {}))
  } catch (error) {
    if (error instanceof HlError && error.message.includes('canceling statement due to lock timeout')) return null
    throw error
  }
}

/** Where recovery is paused a lock is never let go of: waiting for it is in vain. */
const lockMs = 5_000

async function ask(
  node: RestoreNode,
  database: string,
  question: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const named = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
  const options = `PGOPTIONS=-c statement_timeout=0 -c lock_timeout=${lockMs} -c lc_messages=C -c event_triggers=off`
  const psql = ['env', options, 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1']
  return runOnNode(node, 'looking for the files of the table', [...psql, '-d', database, ...named, '-f', '-'], {
    ...locateTask,
    stdin: question,
  })
}

const databaseQuestion = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = :'name' AND datallowconn);`

/** First the database's own oid. */
const relationsQuestion = `SELECT oid FROM pg_database WHERE datname = current_database();
SELECT concat_ws(' ', c.relkind, d.oid || '/' || c.oid, coalesce(pg_relation_filepath(c.oid), '-'))
FROM pg_class c, pg_database d WHERE d.datname = current_database() AND c.relkind IN ('r', 'm', 'p', 't', 'i', 'S');`

/**
 * A name without a schema means any: the search path of the session is not known. `reached`: from a table to its
 * partitions and children, from a view to what it reads.
 */
const tablesQuestion = `WITH RECURSIVE wanted AS (
    SELECT (n - 1)::int AS target, t->>'kind' AS kind, t->>'schema' AS schema, t->>'name' AS name
    FROM json_array_elements(:'targets'::json) WITH ORDINALITY e(t, n)),
  edges(above, below) AS (
    SELECT inhparent, inhrelid FROM pg_inherits
    UNION ALL SELECT r.ev_class, d.refobjid FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class),
  reached(target, oid, named) AS (
    SELECT w.target, c.oid, true FROM wanted w, pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm', 'v') AND CASE w.kind WHEN 'schema' THEN s.nspname = w.name
        ELSE c.relname = w.name AND CASE WHEN w.schema IS NULL THEN s.nspname !~ '^pg_'
          AND s.nspname <> 'information_schema' ELSE s.nspname = w.schema END END
    UNION SELECT r.target, e.below, false FROM reached r JOIN edges e ON e.above = r.oid)
SELECT json_agg(json_build_object('target', r.target, 'oid', d.oid || '/' || c.oid, 'name',
  s.nspname || '.' || c.relname,
    'sqlName', CASE WHEN r.named THEN format('%I.%I', s.nspname, c.relname) END, 'path', pg_relation_filepath(c.oid),
    'kin', (SELECT coalesce(json_agg(d.oid || '/' || k.oid), '[]') FROM (
        SELECT i.indexrelid AS oid FROM pg_index i WHERE i.indrelid IN (c.oid, c.reltoastrelid)
        UNION ALL SELECT c.reltoastrelid WHERE c.reltoastrelid <> 0) k)) ORDER BY r.target, c.oid)
FROM (SELECT target, oid, bool_or(named) AS named FROM reached GROUP BY target, oid) r
  JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace s ON s.oid = c.relnamespace, pg_database d
WHERE d.datname = current_database() AND c.relkind IN ('r', 'p', 'm');`
