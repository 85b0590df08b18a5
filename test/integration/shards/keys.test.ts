// Keys as real servers hash and read them: the oracle is PostgreSQL itself.
import {randomBytes, randomUUID} from 'node:crypto'
import {beforeAll, describe, expect, it} from 'vitest'
import {checkHash} from '../../../src/shards/keys/check-hash.ts'
import {keyTypes, type KeyType} from '../../../src/shards/keys/key-type.ts'
import {slotOf, slotSql} from '../../../src/shards/keys/slot.ts'
import {ShardError} from '../../../src/shards/shard-error.ts'
import {useServers} from '../router/servers.ts'

const servers = useServers('shard-keys', {standbys: 0})
const sql = <T extends Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
  servers.sql<T>(servers.primary, text, values)

const tableOf = (type: KeyType): string => `keys_${type}`
/** Which of all slots PostgreSQL's own partitioning gives a key; the partitions themselves need not exist. */
const slotsOnServer = async (type: KeyType, keys: readonly string[]): Promise<number[]> => {
  const slots = keys.map(key => slotOf(type, key))
  // The neighbour says that satisfies_hash_partition can say no.
  const rows = await sql<{key: string; here: boolean; elsewhere: boolean}>(
    `SELECT given.key, satisfies_hash_partition('${tableOf(type)}'::regclass, 4096, slot, given.key::${type}) AS here,
            satisfies_hash_partition('${tableOf(type)}'::regclass, 4096, (slot + 1) & 4095, given.key::${type}) AS elsewhere
     FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS given(key, slot, place) ORDER BY place`,
    [keys, slots],
  )
  expect(rows.filter(row => !row.here || row.elsewhere)).toEqual([])
  expect(rows).toHaveLength(keys.length)
  return slots
}

const randomInteger = (bits: number): string => {
  const value = BigInt.asIntN(bits, BigInt(`0x${randomBytes(8).toString('hex')}`))
  // All sizes, not only the largest.
  return String(value >> BigInt((randomBytes(1)[0] ?? 0) % bits))
}
const randomText = (): string =>
  Array.from({length: (randomBytes(1)[0] ?? 0) % 50}, () => {
    const code = (randomBytes(2).readUInt16LE() % 0x2fff) + 1
    return String.fromCodePoint(code > 0x2f00 ? 0x1f600 + (code & 63) : code)
  }).join('')
const edges = (bits: bigint): string[] =>
  [0n, 1n, 2n ** 15n, 2n ** 16n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n]
    .flatMap(value => [value - 1n, value, value + 1n, -value, -value - 1n, -value + 1n])
    .filter(value => value >= -(2n ** (bits - 1n)) && value < 2n ** (bits - 1n))
    .map(String)

const keysOf: Readonly<Record<KeyType, () => string[]>> = {
  int2: () => [...edges(16n), ...Array.from({length: 1_000}, () => randomInteger(16))],
  int4: () => [...edges(32n), ...Array.from({length: 2_000}, () => randomInteger(32))],
  int8: () => [...edges(64n), ...Array.from({length: 5_000}, () => randomInteger(64))],
  uuid: () => [
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-ffff-FFFF-ffff-ffffffffffff',
    ...Array.from({length: 3_000}, () => randomUUID()),
  ],
  text: () => ['', ' ', 'a'.repeat(100_000), 'é'.repeat(12), ...Array.from({length: 3_000}, randomText)],
}

beforeAll(async () => {
  for (const type of keyTypes) await sql(`CREATE TABLE ${tableOf(type)} (k ${type}) PARTITION BY HASH (k)`)
})

describe('a slot', () => {
  it.each(keyTypes)('is the partition of PostgreSQL for thousands of %s keys', async type => {
    const keys = keysOf[type]()
    const slots = await slotsOnServer(type, keys)
    const rows = await sql<{slot: number}>(
      `SELECT ${slotSql(type, `given.key::${type}`)}::int AS slot FROM unnest($1::text[]) WITH ORDINALITY AS given(key, place) ORDER BY place`,
      [keys],
    )
    expect(rows.map(({slot}) => slot)).toEqual(slots)
  })

  it('of all slots exactly one takes a key', async () => {
    const [row] = await sql<{slots: number; wrong: number}>(
      `WITH keys AS (SELECT n * 7919 - 3000000 AS k FROM generate_series(1, 1000) n)
       SELECT count(*)::int AS slots, count(*) FILTER (WHERE slot <> ${slotSql('int8', 'k')})::int AS wrong
       FROM keys, generate_series(0, 4095) slot WHERE satisfies_hash_partition('keys_int8'::regclass, 4096, slot, k::int8)`,
    )
    expect(row).toEqual({slots: 1_000, wrong: 0})
  })

  it('takes a varchar as a text', async () => {
    const [row] = await sql<{slot: number}>(`SELECT ${slotSql('text', `'Zoë'::varchar(10)`)}::int AS slot`)
    expect(row?.slot).toBe(slotOf('text', 'Zoë'))
  })
})

describe('a form of a key', () => {
  const forms: Readonly<Record<'int2' | 'int4' | 'int8' | 'uuid', readonly string[]>> = {
    int2: [
      '5',
      '05',
      ' 5',
      '5 ',
      '\t5\n',
      '\v5\f\r',
      '+5',
      '-0',
      '-5',
      '32767',
      '32768',
      '-32768',
      '-32769',
      '0x7fff',
      '5.0',
      '5e0',
      '',
    ],
    int4: [
      '2147483647',
      '2147483648',
      '-2147483648',
      '-0x80000000',
      '-0x80000001',
      '0b11',
      '0B11',
      '0o17',
      '0O8',
      '--5',
      '+ 5',
      '5-',
    ],
    int8: [
      '1_000',
      '1__000',
      '_1',
      '1_',
      '0x_f',
      '0x_',
      '0x',
      '0xg',
      '0_1',
      '00x1',
      '+0x1F',
      '-0b0',
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775808',
      '-9223372036854775809',
      '-0x8000000000000000',
      '0000000000000000000000000000000012',
      '\u00a05',
      '٥',
      '5\u2003',
      '1e3',
      'NaN',
      '０',
    ],
    uuid: [
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
      'a0eebc999c0b4ef8bb6d6bb9bd380a11',
      'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
      '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}',
      'a0e-ebc999c0b4ef8bb6d6bb9bd380a11',
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-',
      '-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      'a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11',
      '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
      '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-}',
      ' a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ',
      'urn:uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      '{}',
    ],
  }
  const cases = Object.entries(forms).flatMap(([type, texts]) => texts.map(text => [type, text] as const))

  it.each(cases)('%s %j is read, or refused, as the server does', async (type, text) => {
    const server = await sql<{slot: number}>(`SELECT ${slotSql(type as KeyType, `$1::text::${type}`)}::int AS slot`, [
      text,
    ])
      .then(([row]) => row?.slot)
      .catch((error: unknown) => Reflect.get(error as object, 'code') as string)
    const own = ((): unknown => {
      try {
        return slotOf(type as KeyType, text)
      } catch (error) {
        return error instanceof ShardError ? error.code : error
      }
    })()
    if (typeof server === 'number') expect(own).toBe(server)
    else {
      expect(['22P02', '22003']).toContain(server)
      expect(own).toBe('KEY_INVALID')
    }
  })
})

describe('checkHash', () => {
  it('is content with PostgreSQL', () => checkHash(async (text, values) => ({rows: await sql(text, values)})))

  it('finds a server that hashes otherwise', async () => {
    const other = async (text: string, values: unknown[]): Promise<{rows: unknown[]}> => ({
      rows: await sql(text.replaceAll('8816678312871386365', '8816678312871386366'), values),
    })
    await expect(checkHash(other)).rejects.toMatchObject({code: 'SHARD_FAILED', detail: {type: 'int2', key: '0'}})
  })

  it('finds a database of another encoding', async () => {
    await sql(`CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
    const pg = await import('pg')
    const client = new pg.default.Client({
      host: servers.primary.host,
      port: servers.primary.port,
      user: 'postgres',
      database: 'latin',
    })
    await client.connect()
    try {
      await expect(checkHash((text, values) => client.query(text, values))).rejects.toMatchObject({
        code: 'SHARD_FAILED',
        message: expect.stringContaining('LATIN1'),
      })
    } finally {
      await client.end()
    }
  })
})
