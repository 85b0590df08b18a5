// PURE: what is asked of a server about what it holds, and what it answers. Invariants: one text for both sides, so
// that only the data can differ; every setting that changes how a value is printed is fixed; what it holds is what it
// held at one position of the WAL, by a snapshot that was taken while nothing was replayed; an answer that was cut off
// is an error.
// Not here: when it is asked (record-content.ts, verify/), what a difference means (compare-content.ts).
import type {BackupContent} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'

/** What one server holds at one position. */
export interface SeenContent extends Pick<BackupContent, 'tables' | 'sequences' | 'roles' | 'extensions'> {
  /** Where it stood when the snapshot was taken. */
  readonly lsn: Lsn
  readonly timeline: number
}

/**
 * Everything that `pg_dump` would take along of rows: no unlogged tables, which no standby can read; large objects too.
 */
const tables = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relpersistence = 'p' AND (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) AND (n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema' OR c.oid = 'pg_largeobject'::regclass)`

const lsn = 'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END'
const timeline = `CASE WHEN pg_is_in_recovery() THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
  (SELECT nullif(min_recovery_end_timeline, 0) FROM pg_control_recovery()), (SELECT timeline_id
  FROM pg_control_checkpoint())) ELSE (SELECT timeline_id FROM pg_control_checkpoint()) END`

/**
 * Every table is locked as a reader before the position is looked at again: one that was truncated or rewritten
 * afterwards would look empty to the snapshot, and not fail.
 */
const snapshot = `SELECT ${lsn} AS started \\gset
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT format('SELECT FROM ONLY %s LIMIT 0', name) FROM (${tables}) t \\gexec
SELECT json_build_object('sequence', format('%I.%I %s', schemaname, sequencename, coalesce(last_value::text,
  'unused'))) FROM pg_sequences ORDER BY schemaname, sequencename;
SELECT ${lsn} <> :'started' OR CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() <> 'paused'
  ELSE false END AS moved \\gset
\\if :moved
\\echo '{"moved": true}'
\\quit
\\endif
SELECT json_build_object('lsn', :'started', 'timeline', ${timeline});
`

/** Settings by which two servers print the same value alike, and nothing hurries. */
export const sameForm = [
  'search_path = pg_catalog',
  "DateStyle = 'ISO, MDY'",
  "IntervalStyle = 'postgres'",
  "TimeZone = 'UTC'",
  'extra_float_digits = 1',
  "bytea_output = 'hex'",
  "lc_monetary = 'C'",
  "xmloption = 'content'",
  'statement_timeout = 0',
] as const

/** Replay stands still meanwhile, and what has a table locked may be a transaction that was prepared long ago. */
const lockWait = '5s'

/**
 * For psql, connected to the database hl as a superuser; prints a JSON document a line. Once the snapshot is taken,
 * replay may go on (`then: 'resume'`): what is read afterwards is read in the snapshot. Sequences are in none, so they
 * are read before. What replay does to such a reader:
 * https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT
 */
export const contentSql = (
  then: 'stay' | 'resume',
): string => `${[...sameForm, `lock_timeout = '${lockWait}'`].map(setting => `SET ${setting};`).join('\n')}
${snapshot}${then === 'resume' ? 'SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery();\n' : ''}SELECT
  format('SELECT json_build_object(''table'', %L, ''rows'', count(*), '
    '''hash'', coalesce(sum(hashtextextended(ROW(r.*)::text, 0)), 0)::text) FROM ONLY %s AS r', name, name)
  FROM (${tables}) t ORDER BY name COLLATE "C" \\gexec
SELECT json_build_object('role', concat_ws(' ', quote_ident(rolname), CASE WHEN rolsuper THEN 'SUPERUSER' END,
  CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
  CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN NOT rolinherit THEN 'NOINHERIT' END,
  (SELECT 'IN ROLE ' || string_agg(quote_ident(g.rolname), ', ' ORDER BY g.rolname) FROM pg_auth_members m
    JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid))) FROM pg_roles r WHERE rolname !~ '^pg_'
    ORDER BY rolname;
SELECT json_build_object('extension', extname || ' ' || extversion) FROM pg_extension ORDER BY extname;
COMMIT;
\\echo '{"whole": true}'
`

/**
 * Whether something was replayed while the snapshot was taken, so that it belongs to no position and nothing was read
 * in it.
 */
export const hasMoved = (text: string): boolean => linesOf(text).at(-1)?.['moved'] === true

/** Errors: RESTORE_FAILED when the answer is not whole. */
export function parseContent(text: string): SeenContent {
  const lines = linesOf(text)
  const position = lines.map(positionOf).find(found => found !== null)
  if (position === undefined || lines.at(-1)?.['whole'] !== true)
    throw new HlError(
      'RESTORE_FAILED',
      `the server did not say all of what it holds; it ended with: ${text.trim().slice(-200)}`,
      {next: ['run it again']},
    )
  const texts = (name: string): readonly string[] =>
    lines.flatMap(line => (typeof line[name] === 'string' ? [line[name]] : []))
  return {
    ...position,
    tables: lines.flatMap(({table, rows, hash}) =>
      typeof table === 'string' && typeof rows === 'number' && typeof hash === 'string'
        ? [{name: table, rows, hash}]
        : [],
    ),
    sequences: texts('sequence'),
    roles: texts('role'),
    extensions: texts('extension'),
  }
}

type Line = Readonly<Record<string, unknown>>

const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(parseLine)

function parseLine(text: string): Line {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
  } catch {
    return {}
  }
}

function positionOf(line: Line): {readonly lsn: Lsn; readonly timeline: number} | null {
  const lsn = typeof line['lsn'] === 'string' ? parseLsn(line['lsn']) : null
  const timeline = line['timeline']
  return lsn === null || typeof timeline !== 'number' ? null : {lsn, timeline}
}
