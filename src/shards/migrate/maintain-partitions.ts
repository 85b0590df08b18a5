// Partitions of time on every shard: pg_partman makes those ahead and detaches the old ones; here is when, and what
// came of it. Invariants: a partition that was detached keeps its rows, and they are counted; one that was made is
// fenced like the others. Not here: which tables, how far ahead, what is old (the migration that calls
// partman.create_parent).
import {defaultLimits} from './migration-limits.ts'
import type {ApplyOptions} from './apply-migrations.ts'
import type {MigrationSession, MigrationTarget} from './migration-session.ts'
import {refusal, takeRunLock, withSessions} from './open-sessions.ts'
import {migrationFailure} from './migration-failure.ts'

/** What maintenance did to one partitioned table. */
export interface PartitionChanges {
  /** With its schema. */
  readonly table: string
  /** Partitions that are new. */
  readonly made: readonly string[]
  /** Where they are now, with their rows. */
  readonly detached: readonly {readonly partition: string; readonly rows: number}[]
  /** Gone with their rows: `retention_keep_table` is off. */
  readonly dropped: readonly string[]
  /** Partitions that begin in the future. */
  readonly ahead: number
  /** Rows in the default partition: no partition was there when they came. */
  readonly strayRows: number
}

/** What was done on one shard. */
export interface ShardMaintenance {
  /** By name. */
  readonly shard: string
  /** Each with what was made and detached. */
  readonly tables: readonly PartitionChanges[]
  /** The move for which old partitions were left where they are, until it is over; null: there is none. */
  readonly keptForMove: string | null
  /** PostgreSQL's words when it failed; null: it went well. */
  readonly failure: string | null
}

/**
 * Runs pg_partman's maintenance on all targets at the same time. What failed is told per shard. MIGRATION_REFUSED, with
 * nothing done, when a target cannot be reached, another run is at work, or pg_partman is missing somewhere.
 */
export async function maintainPartitions(
  targets: readonly MigrationTarget[],
  options: Pick<ApplyOptions, 'limits' | 'signal'> = {},
): Promise<readonly ShardMaintenance[]> {
  const limits = {...defaultLimits, ...options.limits}
  return withSessions(targets, limits, options.signal, async sessions => {
    await takeRunLock(sessions, limits)
    const schemas = await Promise.all(sessions.map(partmanSchema))
    const lacking = sessions.filter((_, index) => schemas[index] === null).map(({target}) => target)
    if (lacking.length > 0)
      throw refusal(
        'NO_PARTMAN',
        `${lacking.join(', ')}: pg_partman is not there; nothing was done: apply the migration that makes it, on ` +
          'a server that has its package',
        lacking,
      )
    return Promise.all(
      sessions.map(async (session, index) => maintain(session, schemas[index] ?? '', limits.migrationMs)),
    )
  })
}

async function maintain(session: MigrationSession, schema: string, limitMs: number): Promise<ShardMaintenance> {
  const shard = session.target
  try {
    const before = await partitions(session, schema)
    await session.script(`SET statement_timeout = ${limitMs}`, limitMs)
    const keptForMove = await moveOn(session)
    // A procedure that commits after each table: not in a transaction, and alone in its message.
    const text = keptForMove === null ? `CALL ${schema}.run_maintenance_proc()` : makingOnly(schema)
    await session.script(text, limitMs)
    await session.settle()
    await fenceAgain(session)
    const tables: PartitionChanges[] = []
    for (const table of await partitions(session, schema))
      tables.push(await changesOf(session, table, before.find(({oid}) => oid === table.oid) ?? table))
    return {shard, tables, keptForMove, failure: null}
  } catch (error) {
    const {message} = migrationFailure(error, {migration: '', sql: '', outcome: 'unknown', tries: 1})
    return {shard, tables: [], keptForMove: null, failure: message}
  }
}

/** Of groups of slots, on this shard; null: none. */
async function moveOn(session: MigrationSession): Promise<string | null> {
  const [there] = await session.rows<{has: boolean}>(`SELECT to_regclass('hl_shards.move') IS NOT NULL AS has`)
  if (there?.has !== true) return null
  const [move] = await session.rows<{id: string}>('SELECT id FROM hl_shards.move')
  return move?.id ?? null
}

/**
 * While groups move, what is to come is made, and nothing is detached: the rows would leave one side alone, and the
 * move refuses that. The retention is away for this transaction only, so nobody else sees it away.
 */
const makingOnly = (schema: string): string => `BEGIN;
CREATE TEMP TABLE hl_kept ON COMMIT DROP AS SELECT parent_table, retention FROM ${schema}.part_config;
UPDATE ${schema}.part_config SET retention = NULL;
SELECT ${schema}.run_maintenance();
UPDATE ${schema}.part_config AS c SET retention = k.retention FROM hl_kept AS k WHERE k.parent_table = c.parent_table;
COMMIT`

interface PartitionedTable extends Record<string, unknown> {
  readonly oid: number
  readonly table: string
  /** As they are known, without the default one; quoted names by oid. */
  readonly partitions: Readonly<Record<string, string>>
  readonly defaultPartition: string | null
  readonly ahead: number
}

async function changesOf(
  session: MigrationSession,
  after: PartitionedTable,
  before: PartitionedTable,
): Promise<PartitionChanges> {
  const gone = Object.entries(before.partitions).filter(([oid]) => after.partitions[oid] === undefined)
  const kept = await session.rows<{oid: string; partition: string}>(
    `SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS partition
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[]) ORDER BY 2`,
    [gone.map(([oid]) => oid)],
  )
  const detached: {readonly partition: string; readonly rows: number}[] = []
  for (const {partition} of kept) detached.push({partition, rows: await countRows(session, partition)})
  return {
    table: after.table,
    made: Object.entries(after.partitions)
      .flatMap(([oid, name]) => (before.partitions[oid] === undefined ? [name] : []))
      .sort(),
    detached,
    dropped: gone.flatMap(([oid, name]) => (kept.some(one => one.oid === oid) ? [] : [name])).sort(),
    ahead: after.ahead,
    strayRows: after.defaultPartition === null ? 0 : await countRows(session, after.defaultPartition),
  }
}

async function countRows(session: MigrationSession, quotedTable: string): Promise<number> {
  const [row] = await session.rows<{count: string}>(`SELECT count(*) FROM ${quotedTable}`)
  return Number(row?.count ?? 0)
}

/** Of one set of partitions in time order, the bounds are literals: `FOR VALUES FROM ('…') TO ('…')`. */
async function partitions(session: MigrationSession, schema: string): Promise<readonly PartitionedTable[]> {
  return session.rows<PartitionedTable>(
    `SELECT c.parent_table::regclass::oid::int8::int AS oid, c.parent_table AS "table",
            coalesce(jsonb_object_agg(p.oid::text, p.name) FILTER (WHERE NOT p.is_default), '{}') AS partitions,
            max(p.name) FILTER (WHERE p.is_default) AS "defaultPartition",
            (count(*) FILTER (WHERE NOT p.is_default AND p.begins > now()))::int AS ahead
       FROM ${schema}.part_config c
       LEFT JOIN LATERAL (
         SELECT k.oid, format('%I.%I', n.nspname, k.relname) AS name, b.bound = 'DEFAULT' AS is_default,
                substring(b.bound FROM $$^FOR VALUES FROM \\('([0-9][^']*)'\\)$$ || $$ TO$$)::timestamptz AS begins
           FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid JOIN pg_namespace n ON n.oid = k.relnamespace
           CROSS JOIN LATERAL (SELECT pg_get_expr(k.relpartbound, k.oid) AS bound) b
          WHERE i.inhparent = c.parent_table::regclass) p ON true
      GROUP BY c.parent_table ORDER BY c.parent_table`,
  )
}

/** New partitions lack the trigger on TRUNCATE, which PostgreSQL does not clone. */
async function fenceAgain(session: MigrationSession): Promise<void> {
  const [there] = await session.rows<{has: boolean}>(`SELECT to_regclass('hl_shards.unfenced') IS NOT NULL AS has`)
  if (there?.has !== true) return
  await session.rows(
    `SELECT hl_shards.fence(root, key_column) FROM (
       SELECT DISTINCT pg_partition_root(u."table") AS root FROM hl_shards.unfenced u WHERE pg_partition_root(u."table") IS NOT NULL) r
       JOIN pg_class c ON c.oid = r.root JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN hl_shards.sharded_table s ON s.schema_name = n.nspname AND s.table_name = c.relname`,
  )
}

/** Quoted; null: the extension is not there. */
async function partmanSchema(session: MigrationSession): Promise<string | null> {
  const [row] = await session.rows<{schema: string}>(
    'SELECT quote_ident(n.nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ' +
      `WHERE e.extname = 'pg_partman'`,
  )
  return row?.schema ?? null
}
