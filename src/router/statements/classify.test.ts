// One table for both classifiers, and what must hold between them: by words nothing is a read that the parser would not
// call one.
import fc from 'fast-check'
import {beforeAll, describe, expect, it} from 'vitest'
import {classifyByParser} from './classify-by-parser.ts'
import {classifyByWords} from './classify-by-words.ts'
import {classifyTree} from './classify-tree.ts'
import {builtInCatalogue, type FunctionCatalogue} from './function-catalogue.ts'
import {loadLibpgQuery, type Parse} from './load-parser.ts'
import type {AnsweringNode, Commits, StatementKind} from './statement-plan.ts'
import {commandOfBegin} from './transaction-words.ts'
import type {Verdict} from './verdict.ts'

const catalogue: FunctionCatalogue = {
  volatile: new Set([...builtInCatalogue.volatile, 'audit']),
  known: new Set([...builtInCatalogue.known, 'price_of']),
  ownVolatile: builtInCatalogue.ownVolatile,
  nodeFunctions: new Set([...builtInCatalogue.nodeFunctions, 'pg_stat_get_activity']),
  volatileRelations: new Set([...builtInCatalogue.volatileRelations, 'audited_orders']),
  nodeRelations: new Set([...builtInCatalogue.nodeRelations, 'numbers', 'scratch']),
  relations: null,
}

let parse: Parse

beforeAll(async () => {
  const loaded = await loadLibpgQuery()
  if (loaded === null) throw new Error('libpg-query is a devDependency and does not load')
  parse = loaded
})

const byTree = (text: string): Verdict => classifyByParser(text, parse, catalogue)
const byWords = (text: string): Verdict => classifyByWords(text, catalogue)

/** [statement, kind, kind by words where those are more careful] */
type Line = readonly [string, StatementKind, StatementKind?]

const reads: readonly Line[] = [
  ['SELECT 1', 'read'],
  ['select * from users where id = $1', 'read'],
  [
    'SELECT u.id, u."Name" FROM public.users AS u JOIN orders o ON (o.user_id = u.id) WHERE o.total > 10.5 ORDER BY 1 DESC LIMIT 10 OFFSET 5',
    'read',
  ],
  ['(SELECT 1) UNION ALL (SELECT 2)', 'read'],
  ['((SELECT 1))', 'read'],
  ['VALUES (1, 2), (3, 4)', 'read'],
  ['TABLE users', 'read'],
  ['SHOW server_version', 'read'],
  ['SHOW ALL', 'read'],
  ['', 'read'],
  ['-- nothing here', 'read'],
  [';;', 'read'],
  ['SELECT 1;', 'read'],
  [';SELECT 1', 'read'],
  ['WITH a AS (SELECT 1 AS x) SELECT * FROM a', 'read'],
  ['WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t', 'read'],
  ['WITH a AS MATERIALIZED (SELECT 1), b AS NOT MATERIALIZED (SELECT 2) TABLE a', 'read'],
  ['WITH a(x) AS (SELECT 1), b(y) AS (SELECT 2) SELECT * FROM a, b', 'read', 'write'],
  ['SELECT count(*) FILTER (WHERE a > 1), sum(x) OVER (PARTITION BY (y) ORDER BY z) FROM t', 'read'],
  ['SELECT row_number() OVER w, count(DISTINCT x) OVER () FROM t WINDOW w AS (ORDER BY id)', 'read'],
  ['SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM t', 'read'],
  ["SELECT string_agg(name, ', ' ORDER BY name) FROM t GROUP BY (a), b HAVING (count(*) > 1)", 'read'],
  ['SELECT CAST(a AS numeric(10, 2)), b::varchar(20), c::vector(3), d::character varying(5) FROM t', 'read'],
  ['SELECT COALESCE(a, 1), NULLIF(a, 2), GREATEST(a, b), LEAST(a, b) FROM t', 'read'],
  ['SELECT CASE WHEN (a) THEN (b) ELSE (c) END FROM t WHERE a IN (1, 2) AND NOT (b) OR EXISTS (SELECT 1)', 'read'],
  ['SELECT * FROM t WHERE a = ANY ($1) AND b BETWEEN (1) AND (2) AND c > ALL (ARRAY(SELECT 1))', 'read'],
  ['SELECT DISTINCT ON (a) a, lower(b) FROM t ORDER BY a', 'read'],
  ['SELECT * FROM generate_series(1, 3) AS g(i)', 'read'],
  ['SELECT * FROM generate_series(1, 3) g(i)', 'read'],
  ['SELECT * FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS u(a, b, n)', 'read'],
  ['SELECT * FROM json_to_recordset($1) AS x(a int, b text)', 'read'],
  ['SELECT * FROM a JOIN (SELECT 1) b ON true LEFT JOIN LATERAL (SELECT 2) c ON true', 'read'],
  ['SELECT * FROM (a JOIN b USING (id))', 'read'],
  ['SELECT * FROM a JOIN (b JOIN c USING (id)) USING (id)', 'read', 'write'],
  [
    "SELECT extract(epoch FROM now()), substring(a FROM 1 FOR 2), position('a' IN b), trim(BOTH FROM a), overlay(a PLACING b FROM 1) FROM t",
    'read',
  ],
  ["SELECT now() AT TIME ZONE 'UTC', a LIKE b ESCAPE '!', (a, b) OVERLAPS (c, d), a SIMILAR TO b FROM t", 'read'],
  ["SELECT pg_catalog.now(), pg_catalog.timezone('UTC', now())", 'read'],
  ['SELECT "lower"(a) FROM t', 'read'],
  ['SELECT price_of(id) FROM items', 'read'],
  ['SELECT random(), clock_timestamp(), gen_random_uuid(), uuidv7(), timeofday(), statement_timestamp()', 'read'],
  ['SELECT pg_sleep(0.1)', 'read'],
  ['SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn(), inet_server_addr()', 'read'],
  ["SELECT pg_size_pretty(pg_total_relation_size('t'))", 'read'],
  ['SELECT current_user, current_date, current_timestamp(3), localtime, current_schema, session_user', 'read'],
  ["SELECT date '2020-01-01' + interval '1 day', interval(3) '1 s', timestamp(3) '2020-01-01'", 'read'],
  ['SELECT \'INSERT INTO t; DELETE FROM t\', "update" FROM t -- DELETE', 'read'],
  ["SELECT $$ nextval('s'); $$, $x$ $$ $x$, E'it\\'s; ', U&'\\0061', B'01', X'1f' /* ; DROP /* x */ y */", 'read'],
  ["SELECT a->>'b', a @> b, a ?| c, -1, a*-1, a - -1 FROM t", 'read'],
  ['SELECT x[1], x[1:2], (x).y FROM t', 'read'],
  ['SELECT * FROM t FOR READ ONLY', 'read'],
  ['SELECT * FROM t TABLESAMPLE system (10)', 'read', 'read'],
  ["SELECT json_object('a': 1), xmlelement(name a), json_value(x, '$') FROM t", 'read'],
  ['SELECT a FROM t GROUP BY GROUPING SETS ((a), ())', 'read'],
  ['SELECT a FROM t GROUP BY ROLLUP (a)', 'read', 'write'],
  ["SELECT * FROM JSON_TABLE(x, '$' COLUMNS (a int PATH '$.a')) t", 'read', 'write'],
  ['SELECT update FROM t', 'read', 'write'],
  ['EXPLAIN SELECT 1', 'read'],
  ['EXPLAIN VERBOSE SELECT 1', 'read'],
  ['EXPLAIN (COSTS off, FORMAT json) SELECT * FROM t', 'read'],
  ['EXPLAIN (ANALYZE off) SELECT 1', 'read', 'write'],
  ['EXPLAIN (ANALYZE 0) SELECT 1', 'read', 'write'],
  ['EXPLAIN ANALYZE SELECT 1', 'read', 'write'],
  ['EXPLAIN (ANALYZE, BUFFERS) SELECT 1', 'read', 'write'],
  ['EXPLAIN UPDATE t SET a = 1', 'read', 'write'],
  ['EXPLAIN SELECT audit()', 'read', 'write'],
  ['COPY t TO STDOUT', 'read', 'write'],
  ['COPY t (a, b) TO STDOUT WITH (FORMAT csv)', 'read', 'write'],
  ['COPY (SELECT * FROM t) TO STDOUT', 'read', 'write'],
]

const writes: readonly Line[] = [
  ['INSERT INTO t VALUES (1)', 'write'],
  ['UPDATE t SET a = 1', 'write'],
  ['DELETE FROM t', 'write'],
  ['MERGE INTO t USING s ON (t.id = s.id) WHEN MATCHED THEN DELETE', 'write'],
  ['WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a', 'write'],
  ['WITH a AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a', 'write'],
  ['WITH a AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM a', 'write'],
  ['WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a', 'write'],
  ['WITH a AS (MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE RETURNING *) SELECT * FROM a', 'write'],
  ['WITH a AS (WITH b AS (DELETE FROM t RETURNING *) SELECT * FROM b) SELECT 1', 'write'],
  ['SELECT * INTO t2 FROM t', 'write'],
  ['SELECT * FROM t FOR UPDATE', 'write'],
  ['SELECT * FROM t FOR NO KEY UPDATE SKIP LOCKED', 'write'],
  ['SELECT * FROM t FOR SHARE OF t NOWAIT', 'write'],
  ['SELECT * FROM t FOR KEY SHARE', 'write'],
  ['SELECT * FROM (SELECT * FROM t FOR UPDATE) x', 'write'],
  ["SELECT nextval('s')", 'write'],
  ["SELECT setval('s', 1)", 'write'],
  ['SELECT audit(1)', 'write'],
  ['SELECT app.audit(1)', 'write'],
  ['SELECT "audit" (1)', 'write'],
  ['SELECT AUDIT /* x */ (1)', 'write'],
  ['SELECT * FROM audit(1)', 'write'],
  ['SELECT 1 WHERE EXISTS (SELECT audit(1))', 'write'],
  ['SELECT 1 ORDER BY audit(1)', 'write'],
  ['SELECT never_heard_of(1)', 'write'],
  ['SELECT app.lower_or_so(1)', 'write'],
  ['SELECT app.select(1)', 'write'],
  ['SELECT DISTINCT ON (a) never_heard_of(1) FROM t', 'write'],
  ['SELECT * FROM audited_orders', 'write'],
  ['SELECT * FROM app."audited_orders"', 'write'],
  ['TABLE audited_orders', 'write'],
  ['COPY (SELECT audit(1)) TO STDOUT', 'write'],
  ['COPY (DELETE FROM t RETURNING *) TO STDOUT', 'write'],
  ['COPY t FROM STDIN', 'write'],
  ["COPY t TO '/tmp/t'", 'write'],
  ["COPY t TO PROGRAM 'cat'", 'write'],
  ['SELECT pg_walfile_name($1)', 'write'],
  ['SELECT txid_current()', 'write'],
  ['SELECT pg_current_xact_id()', 'write'],
  ['SELECT pg_export_snapshot()', 'write'],
  ['SELECT pg_advisory_xact_lock(1)', 'write'],
  ['SELECT pg_try_advisory_xact_lock(1)', 'write'],
  ["SELECT pg_notify('a', 'b')", 'write'],
  ['SELECT pg_terminate_backend(1)', 'write'],
  ["SELECT query_to_xml('delete from t', true, true, '')", 'write'],
  ['EXPLAIN ANALYZE INSERT INTO t VALUES (1)', 'write'],
  ['EXPLAIN (ANALYZE true) DELETE FROM t', 'write'],
  ['EXPLAIN ANALYZE SELECT audit(1)', 'write'],
  ['CALL do_it()', 'write'],
  ['DO $$ BEGIN PERFORM 1; END $$', 'write'],
  ['LOCK TABLE t', 'write'],
  ['VACUUM t', 'write'],
  ['ANALYZE t', 'write'],
  ["NOTIFY a, 'b'", 'write'],
  ['CHECKPOINT', 'write'],
  ['TRUNCATE t', 'write'],
  ['CREATE TABLE x (id int)', 'write'],
  ['CREATE TABLE temp (id int)', 'write'],
  ['CREATE TABLE x AS SELECT 1', 'write'],
  ['CREATE OR REPLACE VIEW v AS SELECT 1', 'write'],
  ['CREATE INDEX CONCURRENTLY ON t (a)', 'write'],
  ['CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SET a = 1; $$', 'write'],
  ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END', 'write', 'session'],
  ['ALTER TABLE t ADD COLUMN b int', 'write'],
  ['ALTER SYSTEM SET work_mem = 1', 'write'],
  ['DROP TABLE t', 'write'],
  ['GRANT SELECT ON t TO u', 'write'],
  ['REFRESH MATERIALIZED VIEW v', 'write'],
  ["COMMENT ON TABLE t IS 'x'", 'write'],
  ["COMMIT PREPARED 'x'", 'write'],
  ["ROLLBACK PREPARED 'x'", 'write'],
  ['SELECT 1; SELECT 2', 'write'],
  ['INSERT INTO t VALUES (1); SELECT 2;', 'write'],
  ['SELECT 1; SET LOCAL a = 1', 'write'],
  ['SELEC 1', 'write'],
  ["WAIT FOR LSN '0/0'", 'write'],
  ["SELECT 'open", 'write'],
  ['SELECT 1 /* open', 'write'],
  ['SELECT $a$ open $b$', 'write'],
  ['SELECT 1into t', 'write'],
  ['(', 'write'],
  ['SELECT \0 1', 'write'],
]

const others: readonly Line[] = [
  ['SET a = 1', 'session'],
  ['SET SESSION a = 1', 'session'],
  ['SET search_path TO x', 'session'],
  ['SET ROLE x', 'session'],
  ['SET SESSION AUTHORIZATION x', 'session'],
  ["SET TIME ZONE 'UTC'", 'session'],
  ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', 'session'],
  ['RESET a', 'session'],
  ['RESET ALL', 'session'],
  ['LISTEN a', 'session'],
  ['UNLISTEN *', 'session'],
  ['DISCARD ALL', 'session'],
  ['PREPARE a AS SELECT 1', 'session'],
  ['EXECUTE a(1)', 'session'],
  ['DEALLOCATE a', 'session'],
  ['DECLARE c CURSOR FOR SELECT 1', 'in-transaction'],
  ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'session'],
  ['FETCH 1 FROM c', 'in-transaction'],
  ['MOVE 1 FROM c', 'in-transaction'],
  ['CLOSE c', 'in-transaction'],
  ["LOAD 'auto_explain'", 'session'],
  ['CREATE TEMP TABLE x (id int)', 'session'],
  ['CREATE TEMPORARY TABLE x AS SELECT 1', 'session'],
  ['CREATE LOCAL TEMP TABLE x (id int)', 'session'],
  ['CREATE OR REPLACE TEMP VIEW v AS SELECT 1', 'session'],
  ['CREATE TEMP SEQUENCE s', 'session'],
  ['CREATE TABLE pg_temp.x (id int)', 'session'],
  ['CREATE TABLE x AS EXECUTE a', 'session', 'write'],
  ['SELECT 1 INTO TEMP x', 'session'],
  ['SELECT 1 INTO TEMPORARY TABLE x', 'session'],
  ['SELECT * FROM pg_temp.x', 'session'],
  ['SELECT pg_temp.f(1)', 'session'],
  ['INSERT INTO pg_temp.x VALUES (1)', 'session'],
  ['SELECT pg_advisory_lock(1)', 'session'],
  ['SELECT pg_try_advisory_lock(1)', 'session'],
  ['SELECT pg_advisory_unlock(1)', 'session'],
  ['SELECT pg_advisory_unlock_all()', 'session'],
  ['SELECT pg_catalog.pg_advisory_lock_shared(1)', 'session'],
  ['SELECT "pg_advisory_lock"(1)', 'session'],
  ['SELECT audit(1), pg_advisory_lock(1)', 'session'],
  ['INSERT INTO t SELECT pg_advisory_lock(1)', 'session'],
  ['WITH a AS (DELETE FROM t RETURNING *) SELECT pg_advisory_lock(id) FROM a', 'session'],
  ["SELECT set_config('a', 'b', false)", 'session'],
  ["SELECT set_config('a', 'b', $1)", 'session'],
  ["SELECT set_config('a', concat('x', 'y'), 't'::bool)", 'session'],
  ["SELECT set_config('a', concat('x', 'y'), true)", 'in-transaction'],
  ["SELECT set_config('a', $1, TRUE), nextval('s')", 'write'],
  ["SELECT set_config(setting_name => 'a', new_value => 'b', is_local => true)", 'session'],
  ["SELECT currval('s'), lastval()", 'session'],
  ['SELECT setseed(0.5)', 'session'],
  ["UPDATE pg_settings SET setting = '1' WHERE name = 'a'", 'session'],
  ['EXPLAIN EXECUTE a', 'session'],
  ['EXPLAIN ANALYZE EXECUTE a(1)', 'session'],
  ['EXPLAIN ANALYZE CREATE TEMP TABLE x AS SELECT 1', 'session'],
  ["PREPARE TRANSACTION 'x'", 'in-transaction'],
  ['COMMIT AND CHAIN', 'session'],
  ['ROLLBACK WORK AND CHAIN', 'session'],
  ['BEGIN; INSERT INTO t VALUES (1); COMMIT', 'session'],
  ['SELECT 1; SET a = 1', 'session'],
  ['SELECT 1; COMMIT', 'session'],
  ['BEGIN', 'begin'],
  ['BEGIN WORK', 'begin'],
  ['begin transaction isolation level serializable', 'begin'],
  ['START TRANSACTION READ WRITE', 'begin'],
  ['COMMIT', 'commit'],
  ['COMMIT WORK AND NO CHAIN', 'commit'],
  ['END', 'commit'],
  ['END TRANSACTION', 'commit'],
  ['ROLLBACK', 'rollback'],
  ['ROLLBACK TRANSACTION', 'rollback'],
  ['ABORT', 'rollback'],
  ['SAVEPOINT a', 'in-transaction'],
  ['RELEASE SAVEPOINT a', 'in-transaction'],
  ['RELEASE a', 'in-transaction'],
  ['ROLLBACK TO a', 'in-transaction'],
  ['ROLLBACK WORK TO SAVEPOINT a', 'in-transaction'],
  ['SET LOCAL a = 1', 'in-transaction'],
  ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'in-transaction'],
  ["SET TRANSACTION SNAPSHOT 'x'", 'in-transaction'],
  ['SET CONSTRAINTS ALL DEFERRED', 'in-transaction'],
]

const all = [...reads, ...writes, ...others]

describe('the table', () => {
  it.each(all.map(([text, kind, kindByWords]) => [text, kind, kindByWords ?? kind] as const))(
    '%s',
    (text, kind, kindByWords) => {
      expect(byTree(text)).toMatchObject({kind})
      expect(byWords(text)).toMatchObject({kind: kindByWords})
    },
  )

  it('gives reasons', () => {
    const reasons = (text: string): readonly string[] => [byTree(text).reason, byWords(text).reason]
    expect(reasons('SELECT nextval(1)')).toEqual(['function nextval is volatile', 'function nextval is volatile'])
    expect(reasons('SELECT f(1)')).toEqual(['function f is not known', 'function f is not known'])
    expect(reasons('SELECT 1 FROM t FOR NO KEY UPDATE')).toEqual(['FOR NO KEY UPDATE', 'FOR NO KEY UPDATE'])
    expect(reasons('SELECT * FROM audited_orders')).toEqual([
      'relation audited_orders is volatile',
      'relation audited_orders is volatile',
    ])
    expect(byTree('ALTER TABLE t ADD b int').reason).toBe('ALTER TABLE')
    expect(byTree('SELEC').reason).toMatch(/^not understood: .*syntax error at or near "SELEC"/)
    expect(byTree('BEGIN; SELECT 1').reason).toBe('several statements, with BEGIN')
  })

  it.each([
    ['BEGIN', false],
    ['BEGIN READ ONLY', true],
    ['START TRANSACTION READ ONLY', true],
    ['BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE', true],
    ['BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY', true],
    ['BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE', false],
    ['BEGIN READ WRITE', false],
    ['BEGIN READ ONLY READ WRITE', false],
    ['SET TRANSACTION READ ONLY', false],
    ['COMMIT', false],
  ])('%s: a read-only transaction %s', (text, readOnlyTransaction) => {
    expect(byTree(text)).toMatchObject({readOnlyTransaction})
    expect(byWords(text)).toMatchObject({readOnlyTransaction})
  })

  it.each([
    ['SELECT audit(1)', true],
    ['SELECT never_heard_of(1)', true],
    ['TABLE audited_orders', true],
    ['WITH a AS (SELECT audit(1)) SELECT * FROM a', true],
    ['SELECT audit(1) FROM t FOR UPDATE', false],
    ['WITH a AS (DELETE FROM t RETURNING *) SELECT audit(1) FROM a', false],
    ['SELECT audit(1) INTO x', false],
    ['INSERT INTO t SELECT audit(1)', false],
    ['COPY (SELECT audit(1)) TO STDOUT', false],
    ['SELECT txid_current()', false],
    ['SELECT audit(1); SELECT 1', false],
    ['SELECT pg_advisory_lock(audit(1))', false],
    ['CALL audit(1)', false],
    ['SELEC', false],
    ['SELECT audit(1', false],
  ])('%s: the caller may vouch %s', (text, vouchable) => {
    expect(byTree(text)).toMatchObject({vouchable})
    if (text !== 'SELECT audit(1') expect(byWords(text)).toMatchObject({vouchable})
  })
})

describe('trees of another shape', () => {
  it.each([
    [null],
    [undefined],
    [1],
    [''],
    [[]],
    [{}],
    [{stmts: 1}],
    [{stmts: [null]}],
    [{stmts: [{}]}],
    [{stmts: [{stmt: {}}]}],
    [{stmts: [{stmt: {A: {}, B: {}}}]}],
    [{stmts: [{stmt: {NewStmt: {}}}]}],
    [{stmts: [{stmt: {valueOf: {}}}]}],
    [{stmts: [{stmt: {constructor: {}}}]}],
  ])('%j is a write', tree => {
    expect(classifyTree(tree, catalogue).kind).toBe('write')
  })

  it('do not throw and are never a read by themselves', () => {
    fc.assert(fc.property(fc.anything(), tree => classifyTree({stmts: [{stmt: tree}]}, catalogue).kind === 'write'))
    fc.assert(
      fc.property(
        fc.anything(),
        body => void classifyTree({stmts: [{stmt: {SelectStmt: body}}, {stmt: {ExplainStmt: body}}]}, catalogue),
      ),
    )
  })

  it('may be ten thousand levels deep', () => {
    let tree: unknown = {FuncCall: {funcname: [{String: {sval: 'audit'}}]}}
    for (let depth = 0; depth < 10_000; depth += 1) tree = {A_Expr: {lexpr: tree}}
    expect(classifyTree({stmts: [{stmt: {SelectStmt: {targetList: [tree]}}}]}, catalogue).reason).toBe(
      'function audit is volatile',
    )
  })
})

describe('whose answer is meant', () => {
  const known = {
    ...catalogue,
    relations: new Set(['t', 'u', 'numbers', 'scratch', 'audited_orders', 'pg_locks', 'pg_settings']),
  }
  it.each<readonly [string, AnsweringNode, AnsweringNode?]>([
    ['SELECT 1', 'any'],
    ['SELECT * FROM t, ONLY (u) JOIN t AS x ON x.a IS DISTINCT FROM u.a', 'any'],
    ['WITH late AS (SELECT 1), other AS MATERIALIZED (SELECT 2) SELECT * FROM late, other', 'any'],
    ['SELECT extract(epoch FROM a), substring(a FROM 1), trim(BOTH FROM b), t.from FROM t', 'any'],
    ['SELECT * FROM late', 'unsure'],
    ['TABLE late', 'unsure'],
    ['SELECT * FROM t, late', 'unsure'],
    ['SELECT * FROM t AS "values", app.late', 'unsure'],
    ['SELECT * FROM (t CROSS JOIN late)', 'unsure'],
    ['SELECT * FROM lower(a) WITH ORDINALITY, late', 'unsure'],
    ['SELECT * FROM t JOIN u ON t.a = ANY (ARRAY[1, 2]), LATERAL (SELECT * FROM ONLY late) x', 'unsure'],
    ['SELECT 1 UNION SELECT 2 FROM late', 'unsure'],
    ['EXPLAIN SELECT * FROM late', 'any', 'unsure'],
    ['SELECT audit(1)', 'unsure'],
    ['SELECT never_heard_of(1)', 'unsure'],
    ['SELECT last_value FROM numbers', 'primary'],
    ['SELECT * FROM t, scratch', 'primary'],
    ['SELECT * FROM pg_catalog.pg_locks', 'primary'],
    ['SELECT * FROM pg_stat_activity', 'primary'],
    ['SELECT * FROM pg_stat_get_activity(NULL)', 'primary'],
    ['SELECT * FROM pg_get_replication_slots()', 'primary'],
    ['SELECT pg_current_wal_lsn()', 'primary'],
    ['SELECT pg_catalog.pg_xact_status($1)', 'primary'],
    ['SELECT pg_advisory_xact_lock(1)', 'primary'],
    ['SELECT txid_current()', 'primary'],
    ["SELECT nextval('s')", 'primary'],
    ["NOTIFY a, 'b'", 'primary'],
    ['SELECT pg_backend_pid()', 'bound'],
    ['SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn(), inet_server_addr()', 'bound'],
    ['SELECT * FROM pg_settings', 'bound'],
    ['SHOW transaction_read_only', 'bound'],
    ['SHOW in_hot_standby', 'bound'],
    ['SHOW ALL', 'bound'],
    ['SHOW server_version', 'any'],
    ['SHOW TRANSACTION ISOLATION LEVEL', 'any'],
    ["SELECT current_setting('transaction_read_only')", 'bound'],
    ['SELECT current_setting($1)', 'bound'],
    ["SELECT current_setting('app.tenant', true)", 'any', 'bound'],
    ["SELECT current_setting('search_path')", 'any', 'bound'],
    ["SELECT set_config('app.tenant', '7', true)", 'any'],
    ["SELECT set_config('app.tenant', last_value::text, true) FROM numbers", 'primary'],
    ['SAVEPOINT a', 'any'],
    ['SET LOCAL a = 1', 'any'],
    ['SET TRANSACTION READ ONLY, ISOLATION LEVEL REPEATABLE READ, NOT DEFERRABLE', 'any'],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'primary'],
    ['SET TRANSACTION READ WRITE', 'primary'],
    ["SET TRANSACTION SNAPSHOT '00000003-1'", 'primary'],
    ['DECLARE c CURSOR FOR SELECT * FROM t', 'any', 'primary'],
    ['DECLARE c CURSOR FOR SELECT * FROM numbers', 'primary'],
    ['FETCH 10 FROM c', 'any'],
    ['CLOSE c', 'any'],
    ['SET a = 1', 'unsure'],
    ['LISTEN a', 'primary'],
    ['INSERT INTO t VALUES (1)', 'primary'],
  ])('%s: %s', (text = '', node, nodeByWords = node) => {
    expect(classifyByParser(text, parse, known)).toMatchObject({node})
    expect(classifyByWords(text, known)).toMatchObject({node: nodeByWords})
  })

  it.each<readonly [string, Commits]>([
    ['SELECT 1', 'nothing'],
    ['SELECT * FROM pg_locks', 'nothing'],
    ['SELECT last_value FROM numbers', 'nothing'],
    ['SET LOCAL a = 1', 'nothing'],
    ['SET a = 1', 'nothing'],
    ['ROLLBACK', 'nothing'],
    ['SELECT audit(1)', 'perhaps'],
    ['SELECT * FROM late', 'perhaps'],
    ['DECLARE c CURSOR FOR SELECT 1', 'nothing'],
    ['DECLARE c CURSOR FOR SELECT audit(1)', 'perhaps'],
    ['DECLARE c NO SCROLL CURSOR WITH HOLD FOR SELECT audit(1)', 'perhaps'],
    ['DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE', 'if-it-succeeds'],
    ['INSERT INTO t SELECT audit(1)', 'if-it-succeeds'],
    ['WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a', 'if-it-succeeds'],
    ['SELECT * FROM t FOR UPDATE', 'if-it-succeeds'],
    ['COMMIT', 'if-it-succeeds'],
    ['COPY t FROM STDIN', 'if-it-succeeds'],
    ['CALL do_it()', 'even-if-it-fails'],
    ['DO $$ BEGIN COMMIT; END $$', 'even-if-it-fails'],
    ['EXECUTE q', 'if-it-succeeds'],
    ['COMMIT AND CHAIN', 'even-if-it-fails'],
    ['ROLLBACK AND CHAIN', 'nothing'],
    ['BEGIN; INSERT INTO t VALUES (1); COMMIT; SELECT 1/0', 'even-if-it-fails'],
    ['CREATE INDEX CONCURRENTLY ON t (a)', 'even-if-it-fails'],
    ['SELEC', 'even-if-it-fails'],
  ])('%s commits %s', (text, commits) => {
    expect(classifyByParser(text, parse, known)).toMatchObject({commits})
    expect(classifyByWords(text, known)).toMatchObject({commits})
  })

  it.each([
    ['COMMIT', true],
    ['END WORK', true],
    ['COMMIT AND CHAIN', true],
    ["PREPARE TRANSACTION 'x'", true],
    ['INSERT INTO t VALUES (1); COMMIT', true],
    ['COMMIT; BEGIN', true],
    ['SELEC', true],
    ['BEGIN', false],
    ['ROLLBACK', false],
    ['ABORT AND CHAIN', false],
    ['INSERT INTO t VALUES (1); ROLLBACK', false],
    ['ROLLBACK TO a', false],
    ['PREPARE transaction AS SELECT 1', false],
    ['SET a = 1; SET b = 2', false],
    ['CREATE TEMP TABLE x (id int)', false],
    ['EXECUTE q', false],
    ['CALL do_it()', false],
    ["COMMIT PREPARED 'x'", false],
  ])('%s commits a transaction that is open: %s', (text, commitsTransaction) => {
    expect(classifyByParser(text, parse, known)).toMatchObject({commitsTransaction})
    // Without the grammar a typing error is a statement like any other.
    if (text !== 'SELEC') expect(classifyByWords(text, known)).toMatchObject({commitsTransaction})
  })

  it('what is not known makes a query one to be looked at again', () => {
    for (const text of ['SELECT * FROM late', 'SELECT never_heard_of(1)', 'INSERT INTO late VALUES (1)'])
      expect(classifyByParser(text, parse, known).hasUnknown).toBe(true)
    expect(classifyByParser('SELECT audit(1) FROM t', parse, known).hasUnknown).toBe(false)
    expect(classifyByParser('SELECT * FROM late', parse, catalogue).hasUnknown).toBe(false)
  })
})

const piece = fc.constantFrom(
  'SELECT',
  'select',
  'FROM',
  'WHERE',
  'WITH',
  'AS',
  'VALUES',
  'TABLE',
  'INSERT',
  'INTO',
  'UPDATE',
  'SET',
  'DELETE',
  'MERGE',
  'FOR',
  'SHARE',
  'KEY',
  'NO',
  'OF',
  'JOIN',
  'LATERAL',
  'ON',
  'DISTINCT',
  'ALL',
  'OVER',
  'FILTER',
  'ORDER BY',
  'GROUP BY',
  'PARTITION',
  'EXPLAIN',
  'ANALYZE',
  'SHOW',
  'COPY',
  'TO',
  'STDOUT',
  'TEMP',
  'LOCAL',
  'BEGIN',
  'COMMIT',
  'READ ONLY',
  'UNION',
  'IN',
  'EXISTS',
  'CASE',
  'WHEN',
  'THEN',
  'END',
  't',
  'x',
  'a',
  '"x"',
  '"audit"',
  'audit',
  'lower',
  'now',
  'nextval',
  'unheard',
  'audited_orders',
  'numbers',
  'pg_locks',
  'late',
  'ONLY',
  'ROWS FROM',
  'FROM t,',
  'CROSS JOIN',
  'extract',
  'pg_backend_pid',
  'pg_temp',
  'pg_advisory_lock',
  'set_config',
  'true',
  'left',
  'join',
  'over',
  'by',
  'substring',
  'treat',
  'values',
  '(',
  ')',
  '(',
  ')',
  '()',
  ',',
  '.',
  ';',
  '::',
  '*',
  '=',
  '+',
  '-',
  '1',
  '1.5',
  '$1',
  "'s'",
  "E'\\''",
  '$$;$$',
  '/* c */',
  '-- l\n',
  ':',
  '[',
  ']',
  '=>',
  'OPERATOR(+)',
  'numeric(3)',
)
const anyText = fc.array(fc.nat({max: 0xffff})).map(codes => String.fromCharCode(...codes))
const salad = fc.array(piece, {maxLength: 14}).map(pieces => pieces.join(' '))

/** Statements of the table with one piece put in, taken out or doubled: most of them still parse. */
const mutant = fc
  .record({
    line: fc.constantFrom(...all.filter(([text]) => text.length < 200)),
    at: fc.nat(200),
    put: piece,
    how: fc.constantFrom('in', 'out', 'instead', 'behind'),
  })
  .map(({line: [text], at, put, how}) => {
    const pieces = text.split(/(\s+|[(),;.])/).filter(part => part !== '')
    const index = at % (pieces.length + 1)
    if (how === 'behind') return `${text} ${put}`
    if (how === 'out') pieces.splice(index, 1)
    else pieces.splice(index, how === 'in' ? 0 : 1, ` ${put} `)
    return pieces.join('')
  })

/** An expression that calls, casts, nests and windows, and queries of it. */
const query = fc.letrec<{expression: string; query: string; source: string}>(tie => ({
  expression: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    fc.constantFrom('1', "'x'", 'a', 't.a', '$1', 'NULL', 'current_date', '*', 'values', 'filter'),
    fc
      .tuple(
        fc.constantFrom(
          'lower',
          'now',
          'left',
          'audit',
          'unheard',
          'join',
          'over',
          'app.select',
          '"in"',
          'substring',
          'values',
          'filter',
          'by',
          'pg_catalog.lower',
          'pg_catalog.audit',
        ),
        tie('expression'),
      )
      .map(([name, argument]) => `${name}(${argument})`),
    fc
      .tuple(
        fc.constantFrom(
          '::numeric(3)',
          '::text',
          ' IS NULL',
          ' OVER ()',
          ' FILTER (WHERE true)',
          " AT TIME ZONE 'UTC'",
          ' IN (1)',
          ' name',
        ),
        tie('expression'),
      )
      .map(([behind, inner]) => `${inner}${behind}`),
    tie('query').map(inner => `(${inner})`),
    tie('expression').map(inner => `CASE WHEN (${inner}) THEN 1 END`),
  ),
  source: fc.oneof(
    {depthSize: 'small'},
    fc.constantFrom(
      't',
      't AS x(a, b)',
      'audited_orders',
      'late',
      'numbers',
      't, late x',
      'ONLY (late)',
      'ROWS FROM (lower(a)) r, late',
      'lower(a) WITH ORDINALITY AS "values", late',
      '(t CROSS JOIN late)',
      'pg_temp.t',
      'unheard(1) AS y(z)',
      'lower(a) g(i)',
      'audit(1)',
    ),
    tie('query').map(inner => `(${inner}) s(c)`),
    fc
      .tuple(tie('source'), tie('source'), tie('expression'))
      .map(([one, other, on]) => `${one} JOIN ${other} ON (${on})`),
  ),
  query: fc.oneof(
    {depthSize: 'small'},
    fc
      .tuple(
        fc.constantFrom('', 'DISTINCT ON (a) '),
        tie('expression'),
        tie('source'),
        fc.constantFrom('', ' FOR UPDATE', ' LIMIT (1)', ' ORDER BY (a)'),
      )
      .map(([distinct, what, from, tail]) => `SELECT ${distinct}${what} FROM ${from}${tail}`),
    tie('expression').map(inner => `SELECT ${inner}`),
    fc.tuple(tie('query'), tie('query')).map(([one, other]) => `WITH q(a) AS (${one}) ${other}`),
    tie('expression').map(inner => `VALUES (${inner})`),
  ),
})).query

const understood = (text: string): boolean => {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

describe('by words', () => {
  it('nothing is a read that the parser would not call one', () => {
    fc.assert(
      fc.property(fc.oneof(salad, mutant, query), text => {
        // What the grammar refuses is refused wherever it goes.
        fc.pre(understood(text))
        if (byWords(text).kind === 'read') expect(byTree(text).kind).toBe('read')
      }),
      {numRuns: 2_000, maxSkipsPerRun: 1_000},
    )
  })

  it('nothing is for any node that the parser would keep on one, also among relations that are not known', () => {
    const known = {...catalogue, relations: new Set(['t', 'audited_orders'])}
    fc.assert(
      fc.property(fc.oneof(salad, mutant, query), text => {
        fc.pre(understood(text))
        const {kind, node} = classifyByWords(text, known)
        if (kind === 'read' && node === 'any') expect(classifyByParser(text, parse, known)).toMatchObject({kind, node})
      }),
      {numRuns: 3_000, maxSkipsPerRun: 1_000},
    )
  })

  it('what is about the session for the parser is not taken for anything that could be shared', () => {
    fc.assert(
      fc.property(fc.oneof(mutant, query), text => {
        fc.pre(understood(text) && byTree(text).kind === 'session')
        expect(['session', 'write']).toContain(byWords(text).kind)
      }),
      {numRuns: 300, maxSkipsPerRun: 1_000},
    )
  })

  it('a setting whose name begins with LOCAL is one of the session', () => {
    expect(byWords('SET LOCAL a = 1').kind).toBe('in-transaction')
    expect(byWords('SET LOCAL . a = 1').kind).toBe('session')
  })

  it('an order of arguments is no argument', () => {
    expect(byWords("SELECT set_config('a', 'b', true)").kind).toBe('in-transaction')
    expect(byWords("SELECT set_config('a', 'b' ORDER BY ('x', 'y'), true)").kind).toBe('session')
  })

  it('a namesake of syntax that is volatile is seen', () => {
    const own = {...catalogue, volatile: new Set([...catalogue.volatile, 'substring', 'values', 'by'])}
    expect(classifyByWords('SELECT substring(a, 1) FROM t', own).kind).toBe('write')
    expect(classifyTree(parse('SELECT substring(a, 1) FROM t'), own).kind).toBe('write')
    expect(classifyTree(parse('SELECT substring(a FROM 1) FROM t'), own).kind).toBe('read')
  })

  it('names are folded as the server does it, and those that it would cut are not read', () => {
    const own = {...catalogue, known: new Set([...catalogue.known, 'ök', 'k']), volatile: new Set(['kö'])}
    expect(classifyByWords('SELECT ök(1)', own).kind).toBe('read')
    expect(classifyByWords('SELECT Kö(1)', own).reason).toBe('function kö is volatile')
    expect(classifyByWords('SELECT \u212a(1)', own).kind).toBe('write')
    expect(classifyByWords(`SELECT * FROM ${'x'.repeat(64)}`, own).kind).toBe('write')
    expect(classifyByWords('SELECT * FROM U&"\\0061udited_orders"', own).kind).toBe('write')
  })
})

describe('what begins and ends a transaction', () => {
  const control = fc
    .array(
      fc.constantFrom(
        ...['begin', 'START', 'transaction', 'work', 'read', 'only', 'write', 'isolation', 'level', 'serializable'],
        ...['repeatable', 'committed', 'uncommitted', 'not', 'deferrable', ',', 'and', 'no', 'chain', 'commit', 'end'],
        ...['ROLLBACK', 'abort', 'to', 'savepoint', 'prepared', 'bogus', "'x'", '"work"', '1', '(', '/* c */'],
      ),
      {maxLength: 5},
    )
    .chain(words =>
      fc
        .constantFrom('', 'BEGIN', 'START TRANSACTION', 'BEGIN READ ONLY', 'COMMIT', 'ROLLBACK', 'END', 'ABORT')
        .map(first => `${first} ${words.join(' ')}`),
    )
  const controls = ['begin', 'commit', 'rollback']

  it('is the same by words as by the parser, and what the grammar refuses is neither', () => {
    fc.assert(
      fc.property(control, text => {
        const [tree, words] = [byTree(text), byWords(text)]
        const kindOf = ({kind}: Verdict): string => (controls.includes(kind) ? kind : 'other')
        expect(kindOf(words)).toBe(kindOf(tree))
        if (words.readOnlyTransaction) expect(tree.readOnlyTransaction).toBe(true)
      }),
      {numRuns: 3_000},
    )
  })

  it.each([['BEGIN BOGUS'], ['COMMIT BOGUS'], ['ROLLBACK 1'], ['START TRANSACTION READ'], ['START TRANSACTION WORK']])(
    '%s is for the server to refuse',
    text => {
      expect(byWords(text).kind).toBe('write')
      expect(byTree(text).kind).toBe('write')
    },
  )

  it.each([
    ['BEGIN', 'BEGIN'],
    ['/* c */ start transaction', 'START'],
    ['START TRANSACTION READ ONLY;', 'START'],
    ['begin transaction', 'BEGIN'],
  ])('%s is the command %s', (text, command) => {
    expect(commandOfBegin(text)).toBe(command)
  })
})

describe('both', () => {
  const around = fc.constantFrom(
    '',
    ' ',
    '\n\t',
    '/* c */',
    '/* a /* b */ ; */',
    '-- l;\n',
    "/* ' */",
    '/* $$ */',
    '--\r\n',
    '/**/',
  )

  it('do not throw, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), anyText, salad),
        text => typeof byWords(text).kind === typeof byTree(text).kind,
      ),
    )
  })

  it('see the same with comments and white space around', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.array(around),
        fc.array(around),
        ([text, kind, kindByWords = kind], before, behind) => {
          fc.pre(!/open|--/.test(text))
          const wrapped = `${before.join('')}${text}\n${behind.join('')}`
          expect(byTree(wrapped).kind).toBe(kind)
          expect(byWords(wrapped).kind).toBe(kindByWords)
        },
      ),
    )
  })

  it('a statement that changes data is never a read, wherever it stands in WITH', () => {
    const change = fc.constantFrom(
      'INSERT INTO t VALUES (1)',
      'UPDATE t SET a = 1',
      'DELETE FROM t',
      'MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING',
    )
    const lines = fc.constantFrom(
      ...reads.map(([text]) => text).filter(text => /^(SELECT|VALUES|TABLE)/.test(text) && !/;|--/.test(text)),
    )
    fc.assert(
      fc.property(change, lines, lines, fc.boolean(), (dml, other, main, nested) => {
        const part = nested ? `WITH z AS (${dml} RETURNING 1) ${other}` : `${dml} RETURNING 1`
        const text = `WITH y AS (SELECT 1), x AS (${part}) ${main}`
        expect(byTree(text).kind).not.toBe('read')
        expect(byWords(text).kind).not.toBe('read')
      }),
    )
  })
})
