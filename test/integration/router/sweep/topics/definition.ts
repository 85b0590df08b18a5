// Statements that define, and what was defined after the router had read the catalogue. For tests only.
import {caseOf, topic, type Topic} from '../case.ts'

export const ddl: Topic = topic('DDL', [
  'CREATE TABLE made (id int)',
  'CREATE TABLE made AS SELECT id FROM items',
  'CREATE TABLE made AS SELECT 1 AS a WITH NO DATA',
  'CREATE TABLE IF NOT EXISTS items (id int)',
  'CREATE TABLE items (id int)',
  'CREATE TABLE made (LIKE items INCLUDING ALL)',
  'CREATE TABLE split_high PARTITION OF split FOR VALUES FROM (100) TO (200)',
  'ALTER TABLE items ADD COLUMN extra int DEFAULT 5',
  'ALTER TABLE items DROP COLUMN label',
  'ALTER TABLE items RENAME COLUMN n TO m',
  'ALTER TABLE items ALTER COLUMN n TYPE bigint',
  'ALTER TABLE nothing ADD COLUMN a int',
  'ALTER TABLE items ADD CONSTRAINT n_is_small CHECK (n < 5)',
  'ALTER TABLE items DISABLE TRIGGER ALL',
  'ALTER TABLE IF EXISTS nothing ADD COLUMN a int',
  'DROP TABLE parts',
  'DROP TABLE items',
  'DROP TABLE nothing',
  'DROP TABLE IF EXISTS nothing',
  'CREATE INDEX made ON items (n)',
  'CREATE UNIQUE INDEX ON parts (item_id)',
  'CREATE INDEX CONCURRENTLY made ON items (n)',
  'REINDEX TABLE items',
  'REINDEX TABLE CONCURRENTLY items',
  'DROP INDEX CONCURRENTLY items_pkey',
  'CREATE VIEW made AS SELECT 1 AS one',
  'CREATE OR REPLACE VIEW plain_view AS SELECT id, n, label FROM items',
  'DROP VIEW plain_view',
  'CREATE SCHEMA other',
  'CREATE SEQUENCE made START 5',
  'ALTER SEQUENCE counter RESTART 10',
  'DROP SEQUENCE counter CASCADE',
  "CREATE TYPE made AS ENUM ('a')",
  "ALTER TYPE mood ADD VALUE 'middle' BEFORE 'high'",
  'CREATE DOMAIN made AS int',
  'CREATE FUNCTION made() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
  'CREATE OR REPLACE FUNCTION stable_pure() RETURNS int LANGUAGE sql VOLATILE AS $$SELECT 2$$',
  'ALTER FUNCTION stable_pure() VOLATILE',
  'DROP FUNCTION stable_pure()',
  'CREATE PROCEDURE made() LANGUAGE sql AS $$SELECT 1$$',
  'CREATE TRIGGER made AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION on_watched()',
  'ALTER TABLE watched DISABLE TRIGGER watching',
  'CREATE RULE made AS ON INSERT TO items DO INSTEAD NOTHING',
  "COMMENT ON TABLE items IS 'things'",
  'GRANT SELECT ON items TO PUBLIC',
  'REVOKE SELECT ON items FROM app',
  'CREATE ROLE made',
  'CREATE DATABASE made',
  'DROP DATABASE nosuch',
  'DROP DATABASE IF EXISTS nosuch',
  'ALTER SYSTEM SET work_mem = 64',
  'CREATE EXTENSION nothing',
  'CREATE TABLESPACE made LOCATION $$/nowhere$$',
  'CREATE PUBLICATION made',
  'CREATE STATISTICS made ON id, n FROM items',
  'ANALYZE items',
  'VACUUM items',
  'CLUSTER items USING items_pkey',
  'CHECKPOINT',
  'IMPORT FOREIGN SCHEMA x FROM SERVER y INTO public',
  'REASSIGN OWNED BY app TO app',
  'SECURITY LABEL ON TABLE items IS $$x$$',
])

export const materialized: Topic = topic('materialized views and unlogged tables', [
  'SELECT count(*) FROM kept',
  'SELECT count(*) FROM not_kept',
  'REFRESH MATERIALIZED VIEW kept',
  'REFRESH MATERIALIZED VIEW not_kept',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY kept',
  ['REFRESH MATERIALIZED VIEW not_kept', 'SELECT count(*) FROM not_kept'],
  'CREATE MATERIALIZED VIEW made AS SELECT 1 AS a',
  'CREATE MATERIALIZED VIEW made AS SELECT 1 AS a WITH NO DATA',
  'DROP MATERIALIZED VIEW kept',
  'SELECT * FROM scratch',
  'SELECT * FROM scratch_view',
  'SELECT count(*) FROM items, scratch',
  'INSERT INTO scratch VALUES (2, 2) RETURNING id',
  'CREATE UNLOGGED TABLE made (id int)',
  'ALTER TABLE scratch SET LOGGED',
  'ALTER TABLE log SET UNLOGGED',
  {text: 'SELECT * FROM scratch WHERE id = $1', values: [1]},
  {text: 'SELECT count(*) FROM not_kept WHERE id = $1', values: [1]},
])

// A name that was met before as another kind of thing stays that (docs/router.md), so what no standby refuses has
// a name of its own: the catalogue may be asked again between two cases.
export const nodeLater: Topic = topic('made after the catalogue was read', [
  caseOf('SELECT made()', {
    before: ['CREATE FUNCTION made() RETURNS int LANGUAGE plpgsql STABLE AS $$BEGIN RETURN 1; END$$'],
  }),
  caseOf('SELECT made()', {
    id: 'SELECT made(), volatile',
    before: [
      'CREATE FUNCTION made() RETURNS int LANGUAGE plpgsql VOLATILE AS $$BEGIN INSERT INTO log VALUES ($$x$$); RETURN 1; END$$'.replace(
        /\$\$x\$\$/,
        "'x'",
      ),
    ],
  }),
  caseOf('SELECT made_locking()', {
    id: 'SELECT made_locking(), taking a lock',
    before: [
      'CREATE FUNCTION made_locking() RETURNS int LANGUAGE plpgsql VOLATILE AS $$BEGIN PERFORM pg_advisory_xact_lock(9); RETURN 1; END$$',
    ],
  }),
  caseOf('SELECT * FROM made', {id: 'SELECT * FROM made, a table', before: ['CREATE TABLE made AS SELECT 1 AS a']}),
  caseOf('SELECT * FROM made', {
    id: 'SELECT * FROM made, a view',
    before: ['CREATE VIEW made AS SELECT id FROM items'],
  }),
  caseOf('SELECT * FROM made', {
    id: 'SELECT * FROM made, a view that writes',
    before: ['CREATE VIEW made AS SELECT volatile_write() AS n'],
  }),
  caseOf('SELECT * FROM made', {
    id: 'SELECT * FROM made, a view that locks a row',
    before: ['CREATE VIEW made AS SELECT id FROM items FOR UPDATE'],
  }),
  caseOf('SELECT * FROM made_lock', {
    id: 'SELECT * FROM made_lock, a view that takes a lock',
    before: ['CREATE VIEW made_lock AS SELECT pg_advisory_xact_lock(9) IS NOT NULL AS l'],
  }),
  caseOf('SELECT * FROM made_where', {
    id: 'SELECT * FROM made_where, a view of where it is',
    before: ['CREATE VIEW made_where AS SELECT pg_is_in_recovery() AS r'],
  }),
  caseOf('SELECT last_value FROM made_numbers', {
    before: ['CREATE SEQUENCE made_numbers', 'SELECT nextval($$made_numbers$$)'],
  }),
  caseOf('SELECT * FROM made', {
    id: 'SELECT * FROM made, a materialized view without data',
    before: ['CREATE MATERIALIZED VIEW made AS SELECT 1 AS a WITH NO DATA'],
  }),
  caseOf('SELECT * FROM made', {
    id: 'SELECT * FROM made, unlogged',
    before: ['CREATE UNLOGGED TABLE made AS SELECT 1 AS a'],
  }),
  caseOf('SELECT * FROM made', {
    id: 'SELECT * FROM made, a policy that writes',
    before: [
      'CREATE TABLE made AS SELECT 1 AS a',
      'ALTER TABLE made ENABLE ROW LEVEL SECURITY; ALTER TABLE made FORCE ROW LEVEL SECURITY',
      'CREATE POLICY made ON made USING (volatile_write() = 1)',
    ],
  }),
  caseOf('SELECT stable_pure()', {
    id: 'SELECT stable_pure(), now volatile',
    before: [
      "CREATE OR REPLACE FUNCTION stable_pure() RETURNS int LANGUAGE plpgsql VOLATILE AS $$BEGIN INSERT INTO log VALUES ('now'); RETURN 1; END$$",
    ],
  }),
  caseOf('SELECT stable_pure()', {
    id: 'SELECT stable_pure(), now locking',
    before: [
      'CREATE OR REPLACE FUNCTION stable_pure() RETURNS int LANGUAGE plpgsql VOLATILE AS $$BEGIN PERFORM pg_advisory_xact_lock(9); RETURN 1; END$$',
    ],
  }),
  caseOf('SELECT * FROM plain_view', {
    id: 'SELECT * FROM plain_view, now taking a lock',
    before: ['CREATE OR REPLACE VIEW plain_view AS SELECT id, n FROM items WHERE pg_advisory_xact_lock(9) IS NOT NULL'],
  }),
  caseOf('SELECT 1 |++| 2 AS n', {
    before: ['CREATE OPERATOR |++| (LEFTARG = int, RIGHTARG = int, FUNCTION = note_operands)'],
  }),
])
