// The SQL text of what each shard must know: the schema hl_shards. Invariant: every statement may be run again, over
// any state that an earlier run left. What is checked is checked by the server, so an application with an old map, or
// with none, cannot write what is not here. Pure. Not here: the fence (fence-sql.ts), changing the owner of a group
// (flip-sql.ts), running it (write-map.ts).
import {installLock, lockClass} from './advisory-locks.ts'
import {fenceSql} from './fence-sql.ts'
import {moveSql, moveTablesSql} from '../move/move-sql.ts'
import {decisionTableSql} from '../transactions/transaction-sql.ts'
import {barrierTableSql} from '../barrier/barrier-sql.ts'
import {flipSql} from './flip-sql.ts'
import {quarantineTableSql} from './quarantine-sql.ts'
import {referenceSql} from './reference-sql.ts'

/** Where newer maps are told: on the catalog and on each shard. */
export const mapChannel = 'hl_shards_map'

/**
 * slot_group.state: o owned, m moving away (nobody writes), i coming (nobody writes yet), r elsewhere. owner: the shard
 * that owns the group, or will at the end of its move.
 */
const tables = `
CREATE TABLE IF NOT EXISTS hl_shards.self (
  one bool PRIMARY KEY DEFAULT true CHECK (one),
  shard text NOT NULL,
  map_id uuid NOT NULL
);
CREATE TABLE IF NOT EXISTS hl_shards.slot_group (
  slot_group int2 PRIMARY KEY CHECK (slot_group BETWEEN 0 AND 63),
  state "char" NOT NULL CHECK (state IN ('o', 'm', 'i', 'r')),
  epoch int8 NOT NULL CHECK (epoch > 0),
  owner text NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS hl_shards.sharded_table (
  schema_name name NOT NULL,
  table_name name NOT NULL,
  kind text NOT NULL CHECK (kind IN ('sharded', 'reference')),
  key_column name,
  key_type text CHECK (key_type IN ('int2', 'int4', 'int8', 'uuid', 'text')),
  PRIMARY KEY (schema_name, table_name),
  CHECK ((kind = 'sharded') = (key_column IS NOT NULL) AND (key_column IS NULL) = (key_type IS NULL))
);
CREATE TABLE IF NOT EXISTS hl_shards.map_identity (
  one bool PRIMARY KEY DEFAULT true CHECK (one),
  map_id uuid NOT NULL
);
CREATE TABLE IF NOT EXISTS hl_shards.map_shard (
  shard text PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS hl_shards.map (
  slot_group int2 PRIMARY KEY CHECK (slot_group BETWEEN 0 AND 63),
  shard text NOT NULL REFERENCES hl_shards.map_shard,
  epoch int8 NOT NULL CHECK (epoch > 0)
);
`

/** Everybody may read where rows live; only the owner of the schema changes it. */
const described = `hl_shards.self, hl_shards.slot_group, hl_shards.sharded_table, hl_shards.map_identity,
  hl_shards.map_shard, hl_shards.map, hl_shards.move, hl_shards.move_marker, hl_shards.move_pause, hl_shards.barrier,
  hl_shards.quarantine`
const rights = `
GRANT USAGE ON SCHEMA hl_shards TO PUBLIC;
GRANT SELECT ON ${described} TO PUBLIC;
`

/**
 * What a role needs that commits transactions over shards, and what it must not have: default privileges of the owner
 * may give it more. Roles come as names, not as SQL.
 */
function rightsOf(role: string): string {
  const name = `"${role.replaceAll('"', '""')}"`
  return `REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${described} FROM ${name};
GRANT INSERT, DELETE, SELECT ON hl_shards.decision TO ${name};
GRANT SELECT, INSERT, UPDATE ON hl_shards.decided TO ${name};
`
}

/** Who may do what in the schema. */
export interface SchemaOptions {
  /** Roles of applications: they may commit transactions over several shards. */
  readonly writers?: readonly string[]
}

/**
 * All of the schema as one text for a simple query, which is one transaction (psql needs -1): on each shard, and on the
 * catalog. Idempotent; takes no lock that a running application would notice for long. Run it as the owner of the
 * database, or as superuser, with whom partitions that are attached later are fenced by themselves (see
 * hl_shards.unfenced).
 */
export function shardsSchema({writers = []}: SchemaOptions = {}): string {
  return `SELECT pg_catalog.pg_advisory_xact_lock(${lockClass}, ${installLock});
CREATE SCHEMA IF NOT EXISTS hl_shards;
${tables}${moveTablesSql()}${decisionTableSql}${barrierTableSql}${quarantineTableSql}${fenceSql()}${referenceSql}${flipSql()}${moveSql()}${rights}${writers.map(rightsOf).join('')}`
}
