// Ids on a real server: sorted as the library gives them, and a uuid whose slot the server checks.
import {webcrypto} from 'node:crypto'
import {describe, expect, it} from 'vitest'
import {timeIds} from '../../../src/shards/ids/time-id.ts'
import {slotOfUuidSql, uuidSlotCheck, uuidSource} from '../../../src/shards/ids/uuid.ts'
import {slotOf, slotSql} from '../../../src/shards/keys/slot.ts'
import {useServers} from '../router/servers.ts'

const servers = useServers('shard-ids', {standbys: 0})
const sql = <T extends Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
  servers.sql<T>(servers.primary, text, values)
const source = uuidSource({nowMs: Date.now, fillRandom: bytes => webcrypto.getRandomValues(bytes)})

describe('a uuid', () => {
  it('sorts on the server as it was made, and shows its slot to it', async () => {
    const made = Array.from({length: 2_000}, (_, index) => ({id: source.v8(index), slot: index}))
    const rows = await sql<{id: string; slot: number}>(
      `SELECT id, ${slotOfUuidSql('id')} AS slot FROM unnest($1::uuid[]) id ORDER BY id`,
      [[...made].reverse().map(({id}) => id)],
    )
    expect(rows).toEqual(made)
  })

  it.each([
    ['int8', '9007199254740993'],
    ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['text', 'Zoë'],
  ] as const)('with the slot of a %s key is held to it by the server', async (type, key) => {
    const table = `rows_of_${type}`
    await sql(
      `CREATE TABLE ${table} (id uuid PRIMARY KEY, owner_id ${type} NOT NULL, CHECK ${uuidSlotCheck('id', slotSql(type, 'owner_id'))})`,
    )
    const slot = slotOf(type, key)
    await sql(`INSERT INTO ${table} VALUES ($1, $2)`, [source.v8(slot), key])
    for (const wrong of [
      source.v8((slot + 1) % 4096),
      source.v8(slot).replace(/^(.{14})8/, '$17'),
      source.v8(slot).replace(/^(.{19})./, '$1f'),
    ])
      await expect(sql(`INSERT INTO ${table} VALUES ($1, $2)`, [wrong, key])).rejects.toMatchObject({code: '23514'})
    // Immutable: fit for an index too.
    await sql(`CREATE INDEX ON ${table} ((${slotOfUuidSql('id')}))`)
  })
})

describe('a time id', () => {
  it('comes back from a bigint column as it was', async () => {
    const next = timeIds({node: 63, nowMs: () => Date.parse('2094-01-01T00:00:00Z')})
    const ids = Array.from({length: 200}, next)
    const rows = await sql<{id: string}>('SELECT id FROM unnest($1::int8[]) id ORDER BY id', [[...ids].reverse()])
    expect(rows.map(({id}) => Number(id))).toEqual(ids)
    expect(slotOf('int8', ids[0])).toBe(slotOf('int8', String(ids[0])))
  })
})
