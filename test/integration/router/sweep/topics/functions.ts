// Calls: each kind of function in each clause, made from tables. For tests only.
import {caseOf, topic, type Case, type Topic} from '../case.ts'

/** Each gives 1. */
const functions = {
  'volatile, without effect': 'volatile_pure()',
  'volatile, writes': 'volatile_write()',
  'volatile, in SQL': 'volatile_sql()',
  'volatile, takes a number': 'volatile_next()',
  'volatile, takes a lock': 'volatile_lock()',
  'stable': 'stable_pure()',
  'stable, reads': 'stable_reads()',
  'stable, writes': 'stable_writes()',
  'stable, calls what writes': 'stable_hides()',
  'immutable': 'immutable_pure()',
  'immutable, calls what writes': 'immutable_hides()',
  'overloaded': 'overloaded(1)',
  'in another case': '"Mixed Case"()',
  'by a default': 'with_default()',
  'behind an operator': '(0 |+| 1)',
  'an aggregate that writes': '(SELECT noting_sum(1))',
  "PostgreSQL's, takes a number": "nextval('counter')::int",
  "PostgreSQL's, takes a lock": '(pg_try_advisory_xact_lock(5)::int)',
  'not there': 'not_there()',
} as const

/** Where an expression may stand. */
const clauses = {
  'in the list': call => `SELECT ${call} AS n`,
  'in WHERE': call => `SELECT id FROM items WHERE id = ${call}`,
  'in FROM': call => `SELECT * FROM (SELECT ${call} AS n) AS s`,
  'in a join': call => `SELECT i.id FROM items AS i JOIN parts AS p ON p.item_id = i.id AND p.id = ${call}`,
  'in LATERAL': call => `SELECT l.n FROM (SELECT 1 AS one) AS i, LATERAL (SELECT ${call} + i.one AS n) AS l`,
  'in HAVING': call => `SELECT count(*) FROM items HAVING count(*) > ${call}`,
  'in ORDER BY': call => `SELECT id FROM items WHERE id = 1 ORDER BY ${call} + id`,
  'in LIMIT': call => `SELECT id FROM items ORDER BY id LIMIT ${call}`,
  'in CASE': call => `SELECT CASE WHEN true THEN ${call} ELSE 0 END AS n`,
  'in CASE, not reached': call => `SELECT CASE WHEN true THEN 0 ELSE ${call} END AS n`,
  'in a CTE': call => `WITH c AS (SELECT ${call} AS n) SELECT n FROM c`,
  'in UNION': call => `SELECT 2 AS n UNION SELECT ${call} ORDER BY 1`,
  'in VALUES': call => `VALUES (${call})`,
  'in EXISTS': call => `SELECT EXISTS (SELECT 1 WHERE ${call} = 1) AS e`,
  'in FILTER': call => `SELECT count(*) FILTER (WHERE ${call} = 1) FROM (SELECT 1) AS s`,
  'in EXPLAIN': call => `EXPLAIN (COSTS off) SELECT id FROM items WHERE id = ${call}`,
  'in EXPLAIN ANALYZE': call =>
    `EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT ${call} AS n`,
  'in INSERT': call => `INSERT INTO items SELECT 50 + ${call}`,
  'in UPDATE': call => `UPDATE items SET n = ${call} WHERE id = 1 RETURNING n`,
  'in COPY TO': call => `COPY (SELECT ${call}) TO STDOUT`,
  'in a subscript': call => `SELECT (ARRAY[5, 6])[${call}] AS n`,
} as const satisfies Readonly<Record<string, (call: string) => string>>

type Kind = keyof typeof functions
type Clause = keyof typeof clauses

/** All kinds in some clauses, and some kinds in all: what a clause hides does not depend on what is hidden. */
const everywhere: readonly Kind[] = ['volatile, writes', 'volatile, takes a lock', 'stable', 'behind an operator']
const withAll: readonly Clause[] = ['in the list', 'in WHERE', 'in EXPLAIN ANALYZE', 'in COPY TO']

function combined(): readonly Case[] {
  const cases: Case[] = []
  for (const kind of Object.keys(functions) as Kind[])
    for (const clause of Object.keys(clauses) as Clause[])
      if (everywhere.includes(kind) || withAll.includes(clause))
        cases.push(caseOf(clauses[clause](functions[kind]), {id: `${kind} ${clause}`}))
  return cases
}

export const combinations: Topic = topic('functions x clauses', combined())

export const hidden: Topic = topic('calls that a text hides', [
  'SELECT * FROM writing_view',
  'SELECT * FROM over_writing_view',
  'SELECT * FROM operator_view',
  'SELECT * FROM cast_view',
  'SELECT * FROM next_view',
  'SELECT n FROM over_writing_view WHERE n > 0',
  'SELECT 1::mood',
  'SELECT CAST(1 AS mood)',
  'SELECT mood(1)',
  'SELECT i.note_row FROM items AS i WHERE id = 1',
  'SELECT (i).note_row FROM items AS i WHERE id = 1',
  'SELECT 1 OPERATOR(public.|+|) 2 AS n',
  'SELECT 1 |+| 2 AS n',
  'SELECT noting_sum(n) FROM items',
  'SELECT noting_sum(n) OVER () FROM items',
  'SELECT * FROM set_of_writes()',
  'SELECT set_of_writes()',
  'SELECT * FROM guarded WHERE id = 1',
  'SELECT note($$x$$) FROM items',
  'SELECT with_default(2)',
  'SELECT overloaded()',
  'SELECT public.volatile_write()',
  'SELECT PUBLIC.Volatile_Write ()',
  'SELECT volatile_write /* here */ ()',
  "SELECT query_to_xml('SELECT volatile_write()', false, false, '')",
  "SELECT query_to_xml('SELECT pg_advisory_xact_lock(4)', false, false, '') IS NOT NULL",
  "SELECT table_to_xml('writing_view', false, false, '')",
  "SELECT ts_rewrite('a & b'::tsquery, 'SELECT ''a''::tsquery, ''c''::tsquery')",
  "SELECT * FROM ts_stat('SELECT to_tsvector(''simple'', volatile_write()::text)')",
  "SELECT cursor_to_xml('nothing', 1, false, false, '')",
  "DO $$BEGIN INSERT INTO log VALUES ('do'); END$$",
  "DO $$BEGIN RAISE NOTICE 'hello'; END$$",
  "DO $$BEGIN RAISE EXCEPTION 'no'; END$$",
  "DO $$BEGIN INSERT INTO log VALUES ('1'); COMMIT; INSERT INTO log VALUES ('2'); ROLLBACK; END$$",
  "DO $$BEGIN INSERT INTO log VALUES ('1'); COMMIT; PERFORM 1/0; END$$",
  caseOf('DO $$BEGIN PERFORM pg_advisory_lock(3); END$$', {leaves: true}),
  caseOf("DO $$BEGIN PERFORM set_config('a.b', 'c', false); END$$", {leaves: true}),
  caseOf('DO $$BEGIN CREATE TEMP TABLE hidden (id int); END$$', {leaves: true}),
  caseOf(['DO $$BEGIN CREATE TEMP TABLE hidden (id int); END$$', 'SELECT * FROM hidden'], {leaves: true}),
  "DO LANGUAGE plpgsql 'BEGIN NULL; END'",
  'CALL work()',
  'CALL work_and_commit()',
  'CALL commit_and_raise()',
  'CALL roll_back_and_go_on()',
  'CALL doubled(4)',
  'CALL nothing()',
  {text: 'CALL doubled($1)', values: [4]},
  'SELECT doubled(4)',
])
