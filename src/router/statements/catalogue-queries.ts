// What PostgreSQL is asked about its functions and views, for 14 to 18. Invariants: any role may ask, on any node;
// nothing in search_path can stand in for what is meant; no estimate is so far off that the server compiles the plan
// (JIT took two seconds of an earlier form). Not here: what is made of the answers.

/**
 * oid, name, volatile; provided: by PostgreSQL or an extension; own: by PostgreSQL; parts: numbers of the functions
 * that an aggregate is made of, with spaces between them, since its own volatility is always immutable. Procedures are
 * left out: only CALL reaches them.
 */
export const functionsQuery = `
SELECT p.oid::pg_catalog.text AS oid, p.proname::pg_catalog.text AS name, p.provolatile = 'v' AS volatile,
       p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace OR d.objid IS NOT NULL AS provided,
       p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AS own,
       pg_catalog.concat_ws(' ', a.aggtransfn::pg_catalog.oid, a.aggfinalfn::pg_catalog.oid, a.aggmtransfn::pg_catalog.oid, a.aggmfinalfn::pg_catalog.oid) AS parts
  FROM pg_catalog.pg_proc AS p
  LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid
  LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
 WHERE p.prokind <> 'p'`

/**
 * What a stored tree calls, by number. A call is :funcid there, or :opfuncid, an aggregate's :aggfnoid, a window
 * function's :winfnoid; a space in a name is escaped.
 * pg_depend would not do: it knows no function of PostgreSQL itself, and a view over pg_advisory_lock() counts too. The
 * first piece is no number and harmless.
 */
function calledBy(tree: string): string {
  return `(SELECT pg_catalog.string_agg(DISTINCT pg_catalog.split_part(m.behind, ' ', 1), ' ')
          FROM pg_catalog.string_to_table(pg_catalog.replace(${tree}::pg_catalog.text, 'fnoid ', 'funcid '), 'funcid ') AS m (behind))`
}

/**
 * oid, name, functions and relations (numbers, with spaces between them), locks (it locks rows), of_node (another node
 * has another, or none). Views, tables with row-level security, sequences, unlogged tables. A materialized view is read
 * without calling anything, and ends the chain.
 */
export const relationsQuery = `
SELECT c.oid::pg_catalog.text AS oid, c.relname::pg_catalog.text AS name,
       ${calledBy('r.ev_action')} AS functions,
       (SELECT pg_catalog.string_agg(DISTINCT d.refobjid::pg_catalog.text, ' ')
          FROM pg_catalog.pg_depend AS d
         WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid) AS relations,
       r.ev_action::pg_catalog.text LIKE '%:hasForUpdate true%' AS locks,
       c.relname LIKE 'pg\\_stat\\_%' OR c.relname LIKE 'pg\\_statio\\_%' AS of_node
  FROM pg_catalog.pg_rewrite AS r
  JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
 WHERE r.ev_type = '1' AND c.relkind = 'v'
 UNION ALL
SELECT c.oid::pg_catalog.text, c.relname::pg_catalog.text, ${calledBy('p.polqual')}, NULL, false, false
  FROM pg_catalog.pg_policy AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
 WHERE p.polqual IS NOT NULL
 UNION ALL
SELECT c.oid::pg_catalog.text, c.relname::pg_catalog.text, NULL, NULL, false, true
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind = 'S' OR c.relpersistence = 'u' AND c.relkind IN ('r', 'p', 'm')`

/** name: of all that can be read, whoever may read it. */
export const relationNamesQuery = `
SELECT DISTINCT c.relname::pg_catalog.text AS name
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S') AND c.relpersistence <> 't'`
