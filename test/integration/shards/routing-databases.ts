// One plain database and three shards with the same data on one server, for tests only. Invariants: a row is on the
// shard of its key and nowhere else; the last shard is empty; sessions show times in UTC. Not here: statements and
// comparing.
import pg from 'pg'
import {groupOf, slotOf} from '../../../src/shards/keys/slot.ts'
import type {ShardMapLike} from './routing-map.ts'
import type {Answer} from './routing-merger.ts'
import {dataRows, Random, schemaSql, users} from './routing-statements.ts'

export interface Databases {
  readonly plain: pg.Client
  readonly shards: ReadonlyMap<string, pg.Client>
  readonly map: ShardMapLike
  end(): Promise<void>
}

const shardNames = ['A', 'B', 'C'] as const

/** Groups of the keys go to A and B in turn, all others to C. */
export function testMap(): ShardMapLike {
  const groups = [...new Set(users.map(user => groupOf(slotOf('int8', user))))]
  const owner = (slot: number): string => {
    const index = groups.indexOf(groupOf(slot))
    return index < 0 ? 'C' : index % 2 === 0 ? 'A' : 'B'
  }
  return {shards: [...shardNames], ownerOf: owner, groupsOf: () => [0]}
}

export async function openDatabases(server: pg.ClientConfig, seed: number): Promise<Databases> {
  const map = testMap()
  const admin = new pg.Client(server)
  await admin.connect()
  for (const name of ['plain', ...shardNames.map(shard => shard.toLowerCase())])
    await admin.query(`CREATE DATABASE routing_${name}`)
  await admin.end()
  const open = async (name: string): Promise<pg.Client> => {
    const client = new pg.Client({...server, database: `routing_${name}`, options: '-c TimeZone=UTC'})
    await client.connect()
    await client.query(schemaSql())
    return client
  }
  const plain = await open('plain')
  const shards = new Map<string, pg.Client>()
  for (const shard of shardNames) shards.set(shard, await open(shard.toLowerCase()))
  const {t, o, ref} = dataRows(new Random(seed))
  const insert = (table: string, row: readonly string[]): string => `INSERT INTO ${table} VALUES (${row.join(', ')});`
  await plain.query(
    [...t.map(row => insert('t', row)), ...o.map(row => insert('o', row)), ...ref.map(row => insert('ref', row))].join(
      '\n',
    ),
  )
  for (const [shard, client] of shards) {
    const own = (row: readonly string[]): boolean => map.ownerOf(slotOf('int8', row[0])) === shard
    const texts = [
      ...t.filter(own).map(row => insert('t', row)),
      ...o.filter(own).map(row => insert('o', row)),
      ...ref.map(row => insert('ref', row)),
    ]
    await client.query(texts.join('\n'))
  }
  return {
    plain,
    shards,
    map,
    end: async () => {
      for (const client of [plain, ...shards.values()]) await client.end()
    },
  }
}

export interface Outcome extends Answer {
  readonly rowCount: number
}

const asText = {getTypeParser: () => (value: string) => value}

/** All values as PostgreSQL's own texts. */
export async function ask(client: pg.Client, text: string, values: readonly unknown[]): Promise<Outcome> {
  const result = await client.query<(string | null)[]>({
    text,
    values: [...values],
    rowMode: 'array',
    types: asText,
  })
  return {
    rows: result.rows,
    names: result.fields.map(field => field.name),
    types: result.fields.map(field => field.dataTypeID),
    rowCount: result.rowCount ?? 0,
  }
}
