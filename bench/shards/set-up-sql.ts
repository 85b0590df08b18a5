// The SQL texts of set-up: tables and rows of the shards, of one server that has everything, and of PostgreSQL's own
// ways to several servers. PURE. Invariant: every contender has the same rows; each row is on the one server where its
// way looks for it. Not here: running them (servers.ts).
import {slotSql} from '../../src/shards/keys/slot.ts'
import {map, type ShardName} from './keys.ts'
import type {Sizes} from './sizes.ts'

export interface Place {
  readonly host: string
  readonly port: number
  readonly database: string
}

export interface Login {
  readonly user: string
  readonly password: string
}

/** By table; a primary key is what a foreign table cannot have. */
const columns = {
  accounts: 'user_id int8 NOT NULL, amount int8 NOT NULL, filler text NOT NULL',
  orders: 'user_id int8 NOT NULL, id int8 NOT NULL, amount int4 NOT NULL, region int4 NOT NULL, filler text NOT NULL',
  entries: 'user_id int8 NOT NULL, id int8 NOT NULL, amount int4 NOT NULL',
} as const
type TableName = keyof typeof columns
export const tableNames = Object.keys(columns) as readonly TableName[]

const keys: Readonly<Record<TableName, string>> = {
  accounts: 'user_id',
  orders: 'user_id, id',
  entries: 'user_id, id',
}

/** Plain tables, for the role of the clients. */
export function tablesSql(user: string): string {
  const tables = tableNames.map(name => `CREATE TABLE ${name} (${columns[name]}, PRIMARY KEY (${keys[name]}));`)
  return [...tables, `GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO ${user};`].join(
    '\n',
  )
}

export const fenceSql = tableNames.map(name => `SELECT hl_shards.fence('${name}', 'user_id');`).join('\n')

/**
 * Rows in the order of their keys; `where` chooses users by `user_id`. Amounts are spread without order, regions are
 * 50. Written as a mover writes, so a fence does not check each row.
 */
export function rowsSql({users, ordersPerUser}: Sizes, where: string): string {
  const chosen = `generate_series(1, ${users}::int8) AS user_id`
  return `SET session_replication_role = replica;
INSERT INTO accounts SELECT user_id, 0, repeat('x', 80) FROM ${chosen} WHERE ${where};
INSERT INTO orders
  SELECT user_id, id, (hashint8(user_id * 1000 + id) & 2147483647) % 1000000, (user_id * 7 + id) % 50, repeat('x', 60)
  FROM ${chosen}, generate_series(1, ${ordersPerUser}::int8) AS id WHERE ${where} ORDER BY user_id, id;`
}

/** Users of a shard by the map. */
export function ownedBy(shard: ShardName): string {
  return `${slotSql('int8', 'user_id')} >> 6 IN (${map.groupsOf(shard).join(', ')})`
}

/** Users of a partition by PostgreSQL's own hash with MODULUS 2: the last bit of the slot. */
export function ofRemainder(remainder: number): string {
  return `${slotSql('int8', 'user_id')} & 1 = ${remainder}`
}

/** A partitioned table over foreign ones, asked side by side, with all that pushes work down. */
export function fdwSql(places: readonly Place[], {user, password}: Login): string {
  const servers = places.map(
    ({host, port, database}, part) => `
CREATE SERVER part${part} FOREIGN DATA WRAPPER postgres_fdw
  OPTIONS (host '${host}', port '${port}', dbname '${database}', async_capable 'true', fetch_size '500');
GRANT USAGE ON FOREIGN SERVER part${part} TO ${user};
${[user, 'postgres'].map(role => `CREATE USER MAPPING FOR ${role} SERVER part${part} OPTIONS (user '${user}', password '${password}');`).join('\n')}`,
  )
  const tables = tableNames.map(
    name => `
CREATE TABLE ${name} (${columns[name]}) PARTITION BY HASH (user_id);
${places.map((_, part) => `CREATE FOREIGN TABLE ${name}_${part} PARTITION OF ${name} FOR VALUES WITH (MODULUS ${places.length}, REMAINDER ${part}) SERVER part${part} OPTIONS (table_name '${name}');`).join('\n')}`,
  )
  return `CREATE EXTENSION postgres_fdw;
${servers.join('')}
${tables.join('')}
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${user};
ALTER ROLE ${user} IN DATABASE fdw SET enable_partitionwise_aggregate = on;
ALTER ROLE ${user} IN DATABASE fdw SET enable_partitionwise_join = on;`
}

/** What PL/Proxy calls on each server. */
export const calledFunctionsSql = `
CREATE FUNCTION account_of(key int8, OUT user_id int8, OUT amount int8, OUT filler text) RETURNS SETOF record
  LANGUAGE sql STABLE AS 'SELECT a.user_id, a.amount, a.filler FROM accounts a WHERE a.user_id = key';
CREATE FUNCTION raise_account(key int8) RETURNS int4
  LANGUAGE sql AS 'UPDATE accounts SET amount = amount + 1 WHERE user_id = key RETURNING 1';
CREATE FUNCTION put_entry(key int8, entry int8, amount int4) RETURNS int4
  LANGUAGE sql AS 'INSERT INTO entries VALUES (key, entry, amount) RETURNING 1';`

/** Partitions by the same hash as the foreign tables, so both have the same rows. */
export function plproxySql(places: readonly Place[], {user, password}: Login): string {
  const parts = places.map(({host, port, database}, part) => `p${part} 'host=${host} port=${port} dbname=${database}'`)
  const run = '$call$ CLUSTER $quote$calls$quote$; RUN ON part_of(key); $call$'.replaceAll('$quote$', "'")
  return `CREATE EXTENSION plproxy;
CREATE SERVER calls FOREIGN DATA WRAPPER plproxy OPTIONS (${parts.join(', ')});
CREATE USER MAPPING FOR ${user} SERVER calls OPTIONS (user '${user}', password '${password}');
GRANT USAGE ON FOREIGN SERVER calls TO ${user};
CREATE FUNCTION part_of(key int8) RETURNS int4
  LANGUAGE sql IMMUTABLE AS $part$ SELECT (${slotSql('int8', 'key')} & 1)::int4 $part$;
CREATE FUNCTION account_of(key int8, OUT user_id int8, OUT amount int8, OUT filler text) RETURNS SETOF record
  LANGUAGE plproxy AS ${run};
CREATE FUNCTION raise_account(key int8) RETURNS int4 LANGUAGE plproxy AS ${run};
CREATE FUNCTION put_entry(key int8, entry int8, amount int4) RETURNS int4 LANGUAGE plproxy AS ${run};`
}

/** The same tables without the triggers, with the same rows, beside the fenced ones. */
export function unfencedSql(user: string): string {
  return `CREATE TABLE accounts_free (LIKE accounts INCLUDING ALL);
INSERT INTO accounts_free SELECT * FROM accounts ORDER BY user_id;
CREATE TABLE entries_free (LIKE entries INCLUDING ALL);
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_free, entries_free TO ${user};`
}
