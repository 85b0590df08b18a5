// A shard in quarantine on real servers: who refuses it, and what becomes of its groups, rows and the map when it is
// brought in line. What a restore leaves is made by hand here; a real one: test/e2e/nightly/shards-restore.test.ts.
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {groupOf, slotOf} from '../../../src/shards/keys/slot.ts'
import {readCatalog} from '../../../src/shards/map/read-state.ts'
import {markQuarantinedText} from '../../../src/shards/map/quarantine-sql.ts'
import {lookAtRestored, quarantinedShards, reconcileShard} from '../../../src/shards/map/reconcile-shard.ts'
import {useServers} from '../router/servers.ts'
import {makeShards, type MoveShards} from './use-move.ts'

const one = useServers('it-reconcile-a', {standbys: 0})
const other = useServers('it-reconcile-b', {standbys: 0})

let shards: MoveShards
beforeEach(async () => {
  shards = await makeShards(one, other)
})
afterEach(async () => {
  await shards.drop()
})

const keyIn = (wanted: (group: number) => boolean): number => {
  for (let key = 1; key <= 400; key++) if (wanted(groupOf(slotOf('int8', key)))) return key
  throw new Error('no such key')
}
const statesOf = async (shard: string): Promise<ReadonlyMap<number, string>> => {
  const rows = await shards.sql<{group: number; is: string}>(
    shard,
    `SELECT slot_group::int4 AS "group", concat_ws(' ', state, epoch, owner) AS is FROM hl_shards.slot_group`,
  )
  return new Map(rows.map(({group, is}) => [group, is]))
}
const rowsIn = async (shard: string, group: number): Promise<number> => {
  const [row] = await shards.sql<{n: number}>(
    shard,
    `SELECT count(*)::int4 AS n FROM orders WHERE hl_shards.slot(user_id) >> 6 = ${group}`,
  )
  return row?.n ?? 0
}
/** As a move of an empty group does it; the catalog is told. */
const give = async (group: number, from: string, to: string): Promise<void> => {
  await shards.sql(from, `SELECT hl_shards.flip_group(${group}, 'o', 'm', 1, '${to}')`)
  await shards.sql(to, `SELECT hl_shards.flip_group(${group}, 'r', 'i', 1, '${from}', 1)`)
  await shards.sql(to, `SELECT hl_shards.flip_group(${group}, 'i', 'o', 1, '${to}', 2)`)
  await shards.sql(from, `SELECT hl_shards.flip_group(${group}, 'm', 'r', 2, '${to}', 2)`)
  await shards.sql(
    's1',
    `SELECT hl_shards.put_map(map_id, '{s1,s2}', '[{"group": ${group}, "shard": "${to}", "epoch": 2}]') FROM hl_shards.map_identity`,
  )
}
/** As a restore to before the move has it. */
const setBack = async (group: number, shard: string): Promise<void> => {
  await shards.sql(
    shard,
    `UPDATE hl_shards.slot_group SET state = 'o', epoch = 1, owner = '${shard}' WHERE slot_group = ${group}`,
  )
}
const inS2 = (group: number): boolean => group >= 32

describe('a shard in quarantine', () => {
  it('is written to by nobody, and no pool serves it', {timeout: 120_000}, async () => {
    await shards.sql('s2', markQuarantinedText)
    await shards.sql('s2', markQuarantinedText)
    expect(await quarantinedShards(shards.cluster)).toEqual(['s2'])
    const key = keyIn(inS2)
    await expect(shards.sql('s2', `UPDATE orders SET n = 1 WHERE user_id = ${key}`)).rejects.toMatchObject({
      code: 'HL001',
    })
    const pool = shards.pool()
    try {
      const served = await pool.query('SELECT n FROM orders WHERE user_id = $1', [keyIn(group => !inS2(group))])
      expect(served.route.shards).toEqual(['s1'])
      await expect(pool.query('SELECT n FROM orders WHERE user_id = $1', [key])).rejects.toMatchObject({
        code: 'QUARANTINED',
        shard: 's2',
      })
      const found = await lookAtRestored(shards.cluster, 's2')
      expect(found.plan.refusals).toEqual([])
      expect(await reconcileShard(shards.cluster, found)).toEqual({
        kept: Array.from({length: 32}, (_, index) => 32 + index),
        released: [],
        rowsRemoved: 0,
        references: [],
      })
      await expect.poll(() => pool.standing('s2').kind, {timeout: 20_000}).toBe('serving')
      expect((await pool.query('SELECT n FROM orders WHERE user_id = $1', [key])).route.shards).toEqual(['s2'])
    } finally {
      await pool.end()
    }
    expect(await quarantinedShards(shards.cluster)).toEqual([])
    await expect(lookAtRestored(shards.cluster, 's2')).rejects.toMatchObject({detail: {reason: 'NOT_QUARANTINED'}})
  })

  it('lets go what went away since, and takes the reference tables of another', {timeout: 120_000}, async () => {
    const group = groupOf(slotOf('int8', keyIn(inS2)))
    const there = await rowsIn('s2', group)
    expect(there).toBeGreaterThan(0)
    await give(group, 's2', 's1')
    await setBack(group, 's2')
    await shards.sql('s1', `SET session_replication_role = replica; INSERT INTO currencies VALUES ('EUR')`)
    await shards.sql('s2', markQuarantinedText)
    const found = await lookAtRestored(shards.cluster, 's2')
    expect([found.plan.refusals, found.staleMoves, found.openMoves]).toEqual([[], [], []])
    const done = await reconcileShard(shards.cluster, found)
    // An order, an item and two events of each.
    expect([done.kept.length, done.released, done.rowsRemoved, done.references]).toEqual([
      31,
      [group],
      there * 4,
      ['public.currencies'],
    ])
    expect([await rowsIn('s2', group), (await statesOf('s2')).get(group)]).toEqual([0, 'r 2 s1'])
    expect(await shards.sql('s2', 'SELECT code FROM currencies')).toEqual([{code: 'EUR'}])
  })

  it('that keeps the map takes it from the others', {timeout: 120_000}, async () => {
    const group = groupOf(
      slotOf(
        'int8',
        keyIn(at => !inS2(at)),
      ),
    )
    await give(group, 's1', 's2')
    await setBack(group, 's1')
    await shards.sql('s1', `UPDATE hl_shards.map SET shard = 's1', epoch = 1 WHERE slot_group = ${group}`)
    await shards.sql('s1', markQuarantinedText)
    await reconcileShard(shards.cluster, await lookAtRestored(shards.cluster, 's1'))
    const known = await readCatalog(async (text, values) => ({rows: await shards.sql('s1', text, values ?? [])}))
    expect([known?.map.ownerOf(group * 64), known?.map.epochOf(group)]).toEqual(['s2', 2])
    expect((await statesOf('s1')).get(group)).toBe('r 2 s2')
  })

  it('is not given what came later, and stays as it is', {timeout: 120_000}, async () => {
    const group = groupOf(
      slotOf(
        'int8',
        keyIn(at => !inS2(at)),
      ),
    )
    await give(group, 's1', 's2')
    await shards.sql(
      's2',
      `UPDATE hl_shards.slot_group SET state = 'r', epoch = 1, owner = 's1' WHERE slot_group = ${group}`,
    )
    await shards.sql('s2', markQuarantinedText)
    const found = await lookAtRestored(shards.cluster, 's2')
    expect(found.plan.refusals).toEqual([{reason: 'CAME_LATER', groups: [group]}])
    await expect(reconcileShard(shards.cluster, found)).rejects.toMatchObject({code: 'CONFIG_INVALID'})
    expect(await quarantinedShards(shards.cluster)).toEqual(['s2'])
  })

  it('forgets a move that has ended since, with what is left of it', {timeout: 120_000}, async () => {
    const id = '00000000abcd'
    const runner = '00000000-0000-4000-8000-000000000000'
    await shards.sql('s2', `SELECT hl_shards.begin_move('${id}', 's2', 's1', '{40}', 'published', '${runner}')`)
    await shards.sql('s2', `CREATE PUBLICATION hl_move_${id} FOR TABLE orders`)
    await shards.sql(
      's2',
      `CREATE SUBSCRIPTION hl_move_${id}_back CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION x WITH (connect = false, slot_name = 'hl_x')`,
    )
    await shards.sql('s2', markQuarantinedText)
    const found = await lookAtRestored(shards.cluster, 's2')
    expect(found.staleMoves).toEqual([id])
    await reconcileShard(shards.cluster, found)
    expect(await shards.left()).toEqual([])
  })
})
