// PURE: what a restored server is asked, and how its answers are read. Invariants: each answer is one JSON document;
// what goes wrong with one relation is in the answer, with its SQLSTATE, and does not end the question; nothing is left
// behind, since what a question needs is made in a transaction that is rolled back; a lock is held no longer than its
// relation is looked at. Not here: the session (verifier-session.ts), what an answer means (judge-server.ts).

import {lockWaitMs} from './verifier-session.ts'

/** A database that is there. */
export interface DatabaseSeen {
  readonly name: string
  readonly encoding: string
  /** Anybody may connect to it, a superuser too. */
  readonly open: boolean
  /** Its DROP DATABASE had begun: nobody will ever connect to it again. */
  readonly invalid: boolean
}

/** What went wrong with one relation. */
export interface Problem {
  readonly relation: string
  /** SQLSTATE. */
  readonly state: string
  readonly said: string
}

/** Of the relations of a database; `problems` has the first of them. */
export interface PagesSeen {
  readonly tables: number
  readonly indexes: number
  /** Of other access methods than btree. */
  readonly others: number
  /** Left behind by a CREATE INDEX CONCURRENTLY that failed: nobody uses them. */
  readonly invalid: number
  readonly problems: readonly Problem[]
}

export interface RowsSeen {
  readonly tables: number
  readonly rows: number
  readonly problems: readonly Problem[]
  readonly sequences: number
  /** In words. */
  readonly behind: readonly string[]
  readonly sequenceProblems: readonly Problem[]
  /** Their rows are in no WAL. */
  readonly unlogged: readonly string[]
  /** Enabled, so that the restored server takes from their publishers too. */
  readonly subscriptions: readonly string[]
}

/** Of the whole server. */
export interface ServerSeen {
  readonly checksums: boolean
  readonly checksumFailures: number
  readonly roles: readonly string[]
  readonly timeline: number
  /** In words. */
  readonly prepared: readonly string[]
}

const problemsMax = 10

/** template0 takes no connections by itself, and nobody has written to it. */
export const databasesQuestion = `SELECT json_build_object('databases', json_agg(json_build_object('name', datname,
  'encoding', pg_encoding_to_char(encoding), 'open', datallowconn, 'invalid', datconnlimit = -2) ORDER BY datname))
  FROM pg_database WHERE datname <> 'template0'`

/** Asked after everything was read. */
export const serverQuestion = `SELECT json_build_object('checksums', current_setting('data_checksums') = 'on',
  'checksumFailures', (SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database),
  'roles', (SELECT json_agg(rolname) FROM pg_roles),
  'timeline', (SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int),
  'prepared', (SELECT coalesce(json_agg(format('%L in database %I, by %I, since %s', gid, database, owner, prepared)
    ORDER BY prepared), '[]') FROM pg_prepared_xacts))`

/** Without this none of the functions below could be made; it is gone with the transaction too. */
const begin = ['BEGIN', 'CREATE EXTENSION IF NOT EXISTS plpgsql'] as const

/**
 * Of a relation that was dropped meanwhile nothing is to be said. Who holds a lock that could not be had is: a prepared
 * transaction has no process (https://www.postgresql.org/docs/17/view-pg-locks.html), and holds the lock of its id.
 */
const report = `CREATE FUNCTION pg_temp.report(rel oid, state text, said text) RETURNS json LANGUAGE sql AS $report$
  SELECT json_build_object('relation', rel::regclass::text, 'state', state, 'said', concat_ws('; ', said,
    (SELECT 'its lock is held by ' || string_agg(DISTINCT coalesce('process ' || l.pid, 'the prepared transaction ' ||
      quote_literal(p.gid)), ', ')
      FROM pg_locks l LEFT JOIN pg_locks x ON x.locktype = 'transactionid' AND x.granted AND x.pid IS NULL
        AND x.virtualtransaction = l.virtualtransaction LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
      WHERE state = '55P03' AND l.granted AND l.database IN (0, (SELECT d.oid FROM pg_database d
        WHERE d.datname = current_database())) AND l.pid IS DISTINCT FROM pg_backend_pid()
        AND l.relation IN (rel, (SELECT indrelid FROM pg_index WHERE indexrelid = rel)))))
  WHERE EXISTS (SELECT FROM pg_class WHERE oid = rel)
$report$`

/** Relations that transactions hold which were prepared; nobody can as much as read those that are `shut`. */
const held = `held AS MATERIALIZED (SELECT relation, bool_or(mode = 'AccessExclusiveLock') AS shut FROM pg_locks
  WHERE pid IS NULL AND granted AND relation IS NOT NULL AND database IN (0, (SELECT oid FROM pg_database
  WHERE datname = current_database())) GROUP BY relation)`

/** Waiting is in vain there, and there may be thousands of them. */
const waitFor = (shut: string): string =>
  `PERFORM set_config('lock_timeout', CASE WHEN ${shut} THEN '1' ELSE '${lockWaitMs}' END, true);`

/**
 * As pg_amcheck with heapallindexed and parent-check asks, but for the extension: its functions are made for this
 * transaction alone. Where a transaction that was prepared holds what the check of parents would wait for, the weaker
 * check is made, which reads beside writers.
 */
export const pagesQuestion: readonly string[] = [
  ...begin,
  `CREATE FUNCTION pg_temp.heap_check(regclass, boolean, boolean, text, bigint, bigint, OUT blkno bigint,
    OUT offnum integer, OUT attnum integer, OUT msg text) RETURNS SETOF record LANGUAGE c AS '$libdir/amcheck',
    'verify_heapam'`,
  `CREATE FUNCTION pg_temp.index_check(regclass, boolean) RETURNS void LANGUAGE c AS '$libdir/amcheck',
    'bt_index_check'`,
  `CREATE FUNCTION pg_temp.parent_check(regclass, boolean) RETURNS void LANGUAGE c AS '$libdir/amcheck',
    'bt_index_parent_check'`,
  report,
  `CREATE FUNCTION pg_temp.look(rel oid, kind "char", held boolean, shut boolean) RETURNS SETOF json LANGUAGE plpgsql
    AS $look$
BEGIN
  ${waitFor('shut')}
  IF kind <> 'i' THEN
    RETURN QUERY SELECT pg_temp.report(rel, 'XX001', format('block %s, item %s: %s', blkno, offnum, msg))
      FROM pg_temp.heap_check(rel, false, true, 'none', NULL, NULL) LIMIT 3;
  ELSIF held THEN
    PERFORM pg_temp.index_check(rel, true);
  ELSE
    PERFORM pg_temp.parent_check(rel, true);
  END IF;
EXCEPTION
  WHEN lock_not_available THEN
    IF kind = 'i' AND NOT held THEN
      RETURN QUERY SELECT pg_temp.look(rel, kind, true, shut);
    ELSE
      RETURN NEXT pg_temp.report(rel, SQLSTATE, SQLERRM);
    END IF;
  WHEN OTHERS THEN
    RETURN NEXT pg_temp.report(rel, SQLSTATE, SQLERRM);
END $look$`,
  `WITH ${held},
relations AS MATERIALIZED (
  SELECT c.oid, c.relkind, false AS held, coalesce(h.shut, false) AS shut, true AS looked, false AS invalid
    FROM pg_class c LEFT JOIN held h ON h.relation = c.oid LEFT JOIN pg_am a ON a.oid = c.relam
  WHERE c.relpersistence <> 't' AND (c.relkind IN ('r', 'm', 't') AND a.amname = 'heap' OR c.relkind = 'S')
  UNION ALL
  SELECT c.oid, c.relkind, EXISTS (SELECT FROM held WHERE relation IN (c.oid, i.indrelid)), EXISTS (SELECT FROM held
    WHERE shut AND relation IN (c.oid, i.indrelid)), a.amname = 'btree' AND i.indisvalid AND i.indisready
    AND i.indislive, NOT (i.indisvalid AND i.indisready AND i.indislive)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
    WHERE c.relpersistence <> 't' AND c.relkind = 'i'
), problems AS MATERIALIZED (SELECT problem FROM relations r, pg_temp.look(r.oid, r.relkind, r.held, r.shut)
  AS problem WHERE r.looked AND problem IS NOT NULL)
SELECT json_build_object('tables', count(*) FILTER (WHERE relkind <> 'i'), 'indexes', count(*) FILTER (WHERE relkind =
  'i' AND looked),
  'others', count(*) FILTER (WHERE NOT looked AND NOT invalid), 'invalid', count(*) FILTER (WHERE invalid),
  'problems', (SELECT coalesce(json_agg(problem), '[]') FROM (SELECT problem FROM problems LIMIT ${problemsMax}) p))
    FROM relations`,
  'ROLLBACK',
]

/** Ends a subtransaction, and with it the lock of what was read in it; variables stay as they are. */
const letGo = `RAISE SQLSTATE 'HL001'`

/**
 * Every row of every table and catalog as text, so that all of it is unpacked and goes through its type's output
 * function. A sequence is compared with its column only where it alone fills that: a number that it counts up or down
 * to, by a default of nextval and nothing else, or as its identity.
 */
export const rowsQuestion: readonly string[] = [
  ...begin,
  report,
  `CREATE FUNCTION pg_temp.read(rel oid, shut boolean, OUT rows bigint, OUT problem json) LANGUAGE plpgsql AS $read$
BEGIN
  ${waitFor('shut')}
  EXECUTE format('SELECT count(*), sum(octet_length(ROW(r.*)::text)) FROM ONLY %s AS r', rel::regclass) INTO rows;
  ${letGo};
EXCEPTION
  WHEN SQLSTATE 'HL001' THEN NULL;
  WHEN OTHERS THEN problem := pg_temp.report(rel, SQLSTATE, SQLERRM);
END $read$`,
  `CREATE FUNCTION pg_temp.compare(seq oid, tab oid, col name, up boolean, fills pg_attrdef, shut boolean,
    OUT compared boolean, OUT behind text, OUT problem json) LANGUAGE plpgsql AS $compare$
DECLARE
  at numeric; called boolean; edge numeric;
BEGIN
  ${waitFor('shut')}
  compared := fills IS NULL OR pg_get_expr(fills.adbin, tab) = format('nextval(%L::regclass)', seq::regclass::text);
  IF NOT compared THEN RETURN; END IF;
  EXECUTE format('SELECT %s(%I) FROM %s %s', CASE WHEN up THEN 'max' ELSE 'min' END, col,
    CASE (SELECT relkind FROM pg_class WHERE oid = tab) WHEN 'p' THEN '' ELSE 'ONLY' END, tab::regclass) INTO edge;
  -- Afterwards: a sequence is in no snapshot, and is ahead of what is written meanwhile.
  EXECUTE format('SELECT last_value, is_called FROM %s', seq::regclass) INTO at, called;
  ${letGo};
EXCEPTION
  WHEN SQLSTATE 'HL001' THEN
    IF (CASE WHEN up THEN edge > at ELSE edge < at END OR edge = at AND NOT called) THEN
      behind := format('%s stands at %s, and %s.%I has %s', seq::regclass, at, tab::regclass, col, edge);
    END IF;
  WHEN OTHERS THEN problem := pg_temp.report(seq, SQLSTATE, SQLERRM);
END $compare$`,
  `WITH RECURSIVE ${held},
tables AS MATERIALIZED (SELECT r.rows, r.problem FROM pg_class c LEFT JOIN held h ON h.relation = c.oid,
  pg_temp.read(c.oid, coalesce(h.shut, false)) AS r WHERE c.relpersistence <> 't' AND (c.relkind = 'r'
  OR c.relkind = 'm' AND c.relispopulated)),
bases (type, base) AS (SELECT oid, oid FROM pg_type WHERE typtype <> 'd' UNION ALL SELECT t.oid, b.base FROM pg_type t
  JOIN bases b ON b.type = t.typbasetype WHERE t.typtype = 'd'),
sequences AS MATERIALIZED (
  SELECT s.compared, s.behind, s.problem FROM pg_sequence q JOIN pg_depend d ON d.classid = 'pg_class'::regclass
    AND d.objid = q.seqrelid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') AND t.relpersistence <> 't'
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    JOIN bases b ON b.type = a.atttypid AND b.base IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,
      'numeric'::regtype)
    LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum,
    pg_temp.compare(q.seqrelid, d.refobjid, a.attname, q.seqincrement > 0, e, EXISTS (SELECT FROM held WHERE shut
      AND relation IN (q.seqrelid, d.refobjid))) AS s
  WHERE NOT q.seqcycle AND (d.deptype = 'i' OR e.oid IS NOT NULL)
    AND NOT EXISTS (WITH RECURSIVE parts (oid) AS (SELECT d.refobjid UNION SELECT i.inhrelid FROM pg_inherits i
      JOIN parts ON i.inhparent = parts.oid) SELECT FROM parts JOIN pg_class f USING (oid) WHERE f.relkind = 'f')
)
SELECT json_build_object('tables', (SELECT count(*) FROM tables), 'rows', (SELECT coalesce(sum(rows), 0) FROM tables),
  'problems', (SELECT coalesce(json_agg(problem), '[]') FROM (SELECT problem FROM tables WHERE problem IS NOT NULL
    LIMIT ${problemsMax}) p),
  'sequences', (SELECT count(*) FROM sequences WHERE compared), 'behind', (SELECT coalesce(json_agg(behind), '[]')
    FROM (SELECT behind FROM sequences WHERE behind IS NOT NULL LIMIT ${problemsMax}) p),
  'sequenceProblems', (SELECT coalesce(json_agg(problem), '[]') FROM (SELECT problem FROM sequences
    WHERE problem IS NOT NULL LIMIT ${problemsMax}) p),
  'unlogged', (SELECT coalesce(json_agg(oid::regclass::text ORDER BY oid), '[]') FROM pg_class
    WHERE relpersistence = 'u' AND relkind = 'r'),
  'subscriptions', (SELECT coalesce(json_agg(subname ORDER BY subname), '[]') FROM pg_subscription WHERE subenabled
    AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())))`,
  'ROLLBACK',
]

/** null: the answer is none, so nothing is known. */
export function parseAnswer<T>(text: string, fields: readonly (keyof T & string)[]): T | null {
  const line = text.trim()
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && fields.every(name => name in value) ? (value as T) : null
  } catch {
    return null
  }
}
