// Moves of groups between two real servers, while an application writes: to their end, back, refused, cut off.
import pg from 'pg'
import {afterEach, beforeEach, describe, expect, it, onTestFinished} from 'vitest'
import {groupOf, slotOf} from '../../../src/shards/keys/slot.ts'
import {ShardError} from '../../../src/shards/shard-error.ts'
import type {MoveProgress} from '../../../src/shards/move/move-context.ts'
import type {MoveOptions} from '../../../src/shards/move/hold-move.ts'
import type {MoveEffect} from '../../../src/shards/move/effect-sides.ts'
import {abortMove, checkMove, finishMove, resumeMove, rollBackMove, startMove} from '../../../src/shards/move/moves.ts'
import {compareMove} from '../../../src/shards/move/compare-move.ts'
import {groupsOwnedBy, listMoves, pauseMove, unpauseMove} from '../../../src/shards/move/list-moves.ts'
import {copyReferences} from '../../../src/shards/move/reference-content.ts'
import {byDay} from '../../suite/at-night.ts'
import {useServers} from '../router/servers.ts'
import {expectOn, isMoving, limits, makeShards, moving, type MoveShards} from './use-move.ts'

const one = useServers('move-a', {standbys: 0})
const other = useServers('move-b', {standbys: 0})
const order = {groups: moving, from: 's1', to: 's2'}
const options: MoveOptions = {limits}

let shards: MoveShards
beforeEach(async () => {
  shards = await makeShards(one, other)
})
afterEach(async () => {
  await shards.drop()
})

const [movingUser = 0, ...otherUsers] = Array.from({length: 400}, (_, index) => index + 1).filter(isMoving)

/** Keeps writing orders of moving users through a pool until the test stops it; gives what was acknowledged. */
const writing = (): {
  readonly stop: () => Promise<{readonly ids: readonly string[]; readonly errors: readonly unknown[]}>
} => {
  const pool = shards.pool()
  const ids: string[] = []
  const errors: unknown[] = []
  let isOn = true
  onTestFinished(() => void (isOn = false))
  const users = [movingUser, ...otherUsers]
  const writer = async (start: number): Promise<void> => {
    for (let id = start; isOn; id += 4) {
      const user = users[id % users.length] ?? movingUser
      try {
        await pool.query('INSERT INTO orders (user_id, id) VALUES ($1, $2)', [user, id])
        ids.push(`${user}-${id}`)
        if (id % 5 === 0) await pool.query('UPDATE orders SET n = n + 1 WHERE user_id = $1 AND id = 1', [user])
      } catch (error) {
        errors.push(error)
      }
    }
  }
  const writers = [10, 11, 12, 13].map(writer)
  return {
    stop: async () => {
      isOn = false
      await Promise.all(writers)
      await pool.end()
      return {ids, errors}
    },
  }
}

/** Eight clients insert, change and delete orders of moving users, each its own; gives what must be there then. */
const changing = (): {
  readonly stop: () => Promise<{
    readonly orders: readonly string[]
    readonly items: number
    readonly errors: readonly unknown[]
  }>
} => {
  const pool = shards.pool()
  const orders = new Map<string, number>()
  const errors: unknown[] = []
  let items = 0
  let isOn = true
  onTestFinished(() => void (isOn = false))
  const users = [movingUser, ...otherUsers]
  const change = async (user: number, id: number): Promise<void> => {
    await pool.query('INSERT INTO orders (user_id, id) VALUES ($1, $2)', [user, id])
    orders.set(`${user}-${id}`, 0)
    await pool.query('UPDATE orders SET n = n + 1 WHERE user_id = $1 AND id = $2', [user, id])
    orders.set(`${user}-${id}`, 1)
    if (id % 3 === 0) {
      await pool.query('DELETE FROM orders WHERE user_id = $1 AND id = $2', [user, id])
      orders.delete(`${user}-${id}`)
    } else if (id % 5 === 0) {
      await pool.query('INSERT INTO items (user_id, order_id) VALUES ($1, $2)', [user, id])
      items++
    }
  }
  const client = async (start: number): Promise<void> => {
    for (let id = start; isOn; id += 8)
      await change(users[id % users.length] ?? movingUser, id).catch((error: unknown) => errors.push(error))
  }
  const clients = [10, 11, 12, 13, 14, 15, 16, 17].map(client)
  return {
    stop: async () => {
      isOn = false
      await Promise.all(clients)
      await pool.end()
      return {orders: [...orders].map(([row, n]) => `${row}: ${n}`).sort(), items, errors}
    },
  }
}

const ordersOn = async (shard: string): Promise<readonly string[]> =>
  (
    await shards.sql<{id: string}>(shard, `SELECT user_id || '-' || id AS id FROM orders WHERE id >= 10 ORDER BY 1`)
  ).map(({id}) => id)

/** What each table has of the moving users, as text. */
const contentOf = async (shard: string): Promise<readonly string[]> => {
  const tables = ['orders', 'items', 'events']
  const rows = await Promise.all(
    tables.map(table =>
      shards.sql<{user_id: string; row: string}>(
        shard,
        `SELECT user_id, '${table}' || t::text AS row FROM ${table} AS t ORDER BY 2`,
      ),
    ),
  )
  return rows
    .flat()
    .filter(({user_id}) => isMoving(Number(user_id)))
    .map(({row}) => row)
}

/** Runs until that effect is about to begin, and does something there. */
const at = (effect: MoveEffect, then: () => void | Promise<void>): Pick<MoveOptions, 'onProgress'> => ({
  onProgress: progress => (progress.kind === 'effect' && progress.effect === effect ? then() : undefined),
})

const refusal = async (work: Promise<unknown>): Promise<ShardError> => {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof ShardError) return error
  throw new Error('it was not refused', {cause: error})
}

describe('a move under load', () => {
  it('loses nothing, refuses nothing, and pauses writes for less than it may', async () => {
    const before = await contentOf('s1')
    const progress: MoveProgress[] = []
    const load = writing()
    const report = await startMove(shards.cluster, order, {...options, onProgress: one => progress.push(one)})
    expect(report).toMatchObject({phase: 'settled', groups: moving, from: 's1', to: 's2'})
    const {ids, errors} = await load.stop()
    expect(errors).toEqual([])
    expect(ids.length).toBeGreaterThan(50)
    expect([...(await ordersOn('s2'))].sort()).toEqual([...ids].sort())
    // Rows that nobody wrote are as they were: what is kept apart, what is generated, what is in partitions.
    const after = await contentOf('s2')
    expect(before.filter(row => !row.startsWith('orders')).every(row => after.includes(row))).toBe(true)
    const [cutover] = progress.flatMap(seen => (seen.kind === 'cutover' && seen.outcome === 'switched' ? [seen] : []))
    expect(cutover?.pausedMs).toBeGreaterThan(0)
    expect(progress.some(seen => seen.kind === 'copy' && seen.chunksDone === seen.chunks)).toBe(true)
    // The way back is open: the source hears of what is written.
    await expect.poll(() => ordersOn('s1')).toEqual(await ordersOn('s2'))
    expect(await finishMove(shards.cluster, report.id, options)).toMatchObject({phase: null})
    await expectOn(shards, 's2')
  })

  it('never shows a row twice to who asks all shards, nor hides one', async () => {
    const pool = shards.pool()
    const counts = new Set<unknown>()
    let isOn = true
    onTestFinished(() => void (isOn = false))
    const keepReading = async (): Promise<void> => {
      while (isOn) {
        const {rows} = await pool.query<{n: number}>('SELECT count(*)::int AS n FROM orders WHERE id = 1')
        counts.add(rows[0]?.n)
      }
    }
    const reading = keepReading()
    await expect.poll(() => [...counts]).toEqual([400])
    // Long enough for a busy host to hear of the move.
    const patient = {...options, limits: {...limits, leaseMs: 5_000}}
    const {id} = await startMove(shards.cluster, order, patient)
    // Both have them now.
    expect((await shards.usersOn('s1')).length).toBeGreaterThan(5)
    await finishMove(shards.cluster, id, patient)
    isOn = false
    await reading
    await pool.end()
    expect([...counts]).toEqual([400])
    await expectOn(shards, 's2')
  })

  it('that is rolled back brings what was written since', async () => {
    const {id} = await startMove(shards.cluster, order, options)
    const load = writing()
    await expect.poll(async () => (await ordersOn('s2')).length).toBeGreaterThan(20)
    expect(await rollBackMove(shards.cluster, id, options)).toMatchObject({phase: null})
    const {ids, errors} = await load.stop()
    expect(errors).toEqual([])
    expect([...(await ordersOn('s1'))].sort()).toEqual([...ids].sort())
    await expectOn(shards, 's1')
  })

  it('one after the other, there and back, loses no change and brings no row back', async () => {
    const rowsOn = async (shard: string): Promise<unknown> => ({
      orders: (
        await shards.sql<{row: string}>(
          shard,
          `SELECT user_id || '-' || id || ': ' || n AS row FROM orders WHERE id >= 10`,
        )
      )
        .map(({row}) => row)
        .sort(),
      items: (await shards.sql(shard, 'SELECT FROM items WHERE order_id >= 10')).length,
    })
    const load = changing()
    const first = await startMove(shards.cluster, order, options)
    await rollBackMove(shards.cluster, first.id, options)
    for (const [from, to] of [
      ['s1', 's2'],
      ['s2', 's1'],
    ] as const) {
      const {id} = await startMove(shards.cluster, {...order, from, to}, options)
      await finishMove(shards.cluster, id, options)
    }
    const {orders, items, errors} = await load.stop()
    expect(errors).toEqual([])
    expect(items).toBeGreaterThan(10)
    expect(await rowsOn('s1')).toEqual({orders, items})
    await expectOn(shards, 's1')
    const always = `SELECT attidentity AS kind FROM pg_attribute WHERE attrelid = 'items'::regclass AND attname = 'id'`
    for (const shard of ['s1', 's2']) expect(await shards.sql(shard, always)).toEqual([{kind: 'a'}])
  })

  it('is told to nobody who follows the destination for what is written there', async () => {
    const told = async (origin: 'any' | 'none', how: 'get' | 'peek'): Promise<number> =>
      (
        await shards.sql(
          's2',
          `SELECT FROM pg_logical_slot_${how}_binary_changes('others', NULL, NULL,
             'proto_version', '1', 'publication_names', 'others', 'origin', '${origin}')
           WHERE get_byte(data, 0) = ascii('I')`,
        )
      ).length
    await shards.sql('s2', 'CREATE PUBLICATION others FOR TABLE orders, items, events')
    await shards.sql('s2', `SELECT pg_create_logical_replication_slot('others', 'pgoutput')`)
    try {
      const {id} = await startMove(shards.cluster, order, options)
      await shards.sql('s2', `INSERT INTO orders (user_id, id) VALUES (${movingUser}, 900)`)
      expect(await told('any', 'peek')).toBeGreaterThan(10)
      expect(await told('none', 'get')).toBe(1)
      await finishMove(shards.cluster, id, options)
    } finally {
      await shards.sql('s2', `SELECT pg_drop_replication_slot('others')`)
      await shards.sql('s2', 'DROP PUBLICATION others')
    }
    await expectOn(shards, 's2')
  })

  it('takes along a row whose key becomes another one of its group, and none leaves its group', async () => {
    const groupOfKey = (key: number): number => groupOf(slotOf('int8', key))
    const neighbour = otherUsers.find(user => groupOfKey(user) === groupOfKey(movingUser)) ?? 0
    const stranger = otherUsers.find(user => groupOfKey(user) !== groupOfKey(movingUser)) ?? 0
    await shards.sql('s1', `INSERT INTO events VALUES (${movingUser}, 7, 'before'), (${movingUser}, 8, 'stays')`)
    const {id} = await startMove(shards.cluster, order, {
      ...options,
      ...at('subscribe', async () => {
        await shards.sql('s1', `UPDATE events SET user_id = ${neighbour}, what = 'after' WHERE at = 7`)
        await expect(shards.sql('s1', `UPDATE events SET user_id = ${stranger} WHERE at = 8`)).rejects.toMatchObject({
          code: 'HL002',
        })
      }),
    })
    expect(await shards.sql('s2', 'SELECT user_id::int, at, what FROM events WHERE at IN (7, 8) ORDER BY at')).toEqual([
      {user_id: neighbour, at: 7, what: 'after'},
      {user_id: movingUser, at: 8, what: 'stays'},
    ])
    await finishMove(shards.cluster, id, options)
    await expectOn(shards, 's2')
  })

  it('goes on with the sequences of its tables, so that no id is given out twice', async () => {
    await shards.sql('s1', `SELECT setval(pg_get_serial_sequence('items', 'id'), 5000)`)
    const {id} = await startMove(shards.cluster, order, options)
    const [item] = await shards.sql<{id: string}>(
      's2',
      'INSERT INTO items (user_id, order_id) VALUES ($1, 1) RETURNING id',
      [movingUser],
    )
    expect(Number(item?.id)).toBe(5001)
    await finishMove(shards.cluster, id, options)
  })

  it('never sets a sequence back that is further, nor one that only a default names', async () => {
    const named = `CREATE SEQUENCE tickets; ALTER TABLE orders ALTER COLUMN n SET DEFAULT nextval('tickets')`
    for (const shard of ['s1', 's2']) await shards.sql(shard, named)
    await shards.sql('s1', `SELECT setval('tickets', 70), setval(pg_get_serial_sequence('items', 'id'), 500)`)
    await shards.sql('s2', `SELECT setval('tickets', 30), setval(pg_get_serial_sequence('items', 'id'), 9000)`)
    const {id} = await startMove(shards.cluster, order, options)
    expect(
      await shards.sql(
        's2',
        `SELECT nextval('tickets') AS ticket, nextval(pg_get_serial_sequence('items', 'id')) AS item`,
      ),
    ).toEqual([{ticket: '71', item: '9001'}])
    await finishMove(shards.cluster, id, options)
  })

  it('whose switch is taken back has epochs that no activation had', async () => {
    const epochOf = async (): Promise<number> => {
      const [row] = await shards.sql<{epoch: string}>(
        's1',
        'SELECT epoch FROM hl_shards.slot_group WHERE slot_group = 3',
      )
      return Number(row?.epoch)
    }
    const before = await epochOf()
    const {host, port} = other.primary
    const client = new pg.Client({host, port, user: 'postgres', database: shards.database})
    await client.connect()
    const stopped = startMove(shards.cluster, order, {
      ...options,
      limits: {...limits, cutoverMs: 2_000, cutoversMost: 1},
      ...at('activate', async () => {
        await client.query('BEGIN')
        await client.query('SELECT FROM hl_shards.slot_group WHERE slot_group = 3 FOR UPDATE')
      }),
    })
    const error = await refusal(stopped)
    await client.end()
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'verified'}})
    // The fence is one more, an activation would have been two.
    expect(await epochOf()).toBe(before + 3)
    expect(await groupsOwnedBy(shards.cluster.shards[0] ?? shards.cluster.catalog)).toContain(3)
    await abortMove(shards.cluster, String(error.detail['id']), options)
    await expectOn(shards, 's1')
  })

  it('leaves large values that an UPDATE does not touch as they are', async () => {
    const [was] = await shards.sql<{big: string}>(
      's1',
      'SELECT md5(big) AS big FROM orders WHERE user_id = $1 AND id = 1',
      [movingUser],
    )
    const {id} = await startMove(shards.cluster, order, {
      ...options,
      ...at('catch-up', async () => {
        await shards.sql('s1', 'UPDATE orders SET n = n + 1 WHERE user_id = $1', [movingUser])
      }),
    })
    const [is] = await shards.sql<{big: string}>(
      's2',
      'SELECT md5(big) AS big, n FROM orders WHERE user_id = $1 AND id = 1',
      [movingUser],
    )
    expect(is?.big).toBe(was?.big)
    await finishMove(shards.cluster, id, options)
  })
})

describe('a move that is stopped', () => {
  const effects: readonly MoveEffect[] = [
    'announce',
    'publish',
    'copy',
    'subscribe',
    'make-slot-back',
    'verify',
    'fence',
  ]
  it.each(effects)('before %s is aborted, and nothing is left', async effect => {
    const before = await contentOf('s1')
    const stopping = new AbortController()
    const stopped = startMove(shards.cluster, order, {
      ...options,
      signal: stopping.signal,
      ...at(effect, () => stopping.abort(new Error('no more'))),
    })
    expect(['ABORTED', 'MOVE_STOPPED']).toContain((await refusal(stopped)).code)
    const {moves} = await listMoves(shards.cluster)
    for (const {id} of moves) expect(await abortMove(shards.cluster, id, options)).toMatchObject({phase: null})
    expect(await contentOf('s1')).toEqual(before)
    await expectOn(shards, 's1')
  })

  it('goes on without the catalog, and tells it when it is back', async () => {
    const [source, destination] = shards.cluster.shards
    if (source === undefined || destination === undefined) throw new Error('two shards')
    const away = {
      ...shards.cluster,
      catalog: {...source, connection: () => Promise.reject(new Error('the catalog is away'))},
    }
    const error = await refusal(startMove(away, order, options))
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'switched'}})
    // Written on the destination already.
    await shards.sql('s2', 'UPDATE orders SET n = 7 WHERE user_id = $1', [movingUser])
    const id = String(error.detail['id'])
    expect((await refusal(abortMove(shards.cluster, id, options))).detail['next']).toBe('rollback')
    expect(await resumeMove(shards.cluster, id, options)).toMatchObject({phase: 'settled'})
    await finishMove(shards.cluster, id, options)
    await expectOn(shards, 's2')
  })

  it('by a writer that does not end leaves the groups where they are, writable', async () => {
    const {host, port} = one.primary
    const client = new pg.Client({host, port, user: 'postgres', database: shards.database})
    client.on('error', () => undefined)
    await client.connect()
    const stopped = startMove(shards.cluster, order, {
      ...options,
      limits: {...limits, cutoversMost: 2, lockMs: 200},
      ...at('fence', async () => {
        await client.query('BEGIN')
        await client.query('UPDATE orders SET n = 1 WHERE user_id = $1', [movingUser])
      }),
    })
    const error = await refusal(stopped)
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'verified'}})
    await client.query('COMMIT')
    await client.end()
    const id = String(error.detail['id'])
    expect(await resumeMove(shards.cluster, id, options)).toMatchObject({phase: 'settled'})
    await finishMove(shards.cluster, id, options)
    await expectOn(shards, 's2')
  })

  it('by a transaction that is prepared leaves nothing of it behind', async () => {
    const error = await refusal(
      startMove(shards.cluster, order, {
        ...options,
        limits: {...limits, cutoversMost: 1, lockMs: 200},
        ...at('fence', async () => {
          await shards.sql(
            's1',
            `BEGIN; UPDATE orders SET n = 5 WHERE user_id = ${movingUser} AND id = 1; PREPARE TRANSACTION 'in doubt'`,
          )
        }),
      }),
    )
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'verified'}})
    await shards.sql('s1', `COMMIT PREPARED 'in doubt'`)
    const id = String(error.detail['id'])
    expect(await resumeMove(shards.cluster, id, options)).toMatchObject({phase: 'settled'})
    expect(await shards.sql('s2', `SELECT n FROM orders WHERE user_id = ${movingUser} AND id = 1`)).toEqual([{n: '5'}])
    await finishMove(shards.cluster, id, options)
    await expectOn(shards, 's2')
  })

  it('by a destination that hears nothing any more is not switched, and goes on when it does', async () => {
    const alter = async (word: 'ENABLE' | 'DISABLE'): Promise<void> => {
      const own = '(SELECT oid FROM pg_database WHERE datname = current_database())'
      const [row] = await shards.sql<{name: string}>(
        's2',
        `SELECT subname AS name FROM pg_subscription WHERE subdbid = ${own}`,
      )
      await shards.sql('s2', `ALTER SUBSCRIPTION ${row?.name ?? ''} ${word}`)
    }
    const error = await refusal(
      startMove(shards.cluster, order, {
        ...options,
        limits: {...limits, cutoversMost: 1, cutoverMs: 500},
        ...at('fence', async () => alter('DISABLE')),
      }),
    )
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'verified'}})
    const [source] = shards.cluster.shards
    expect(await groupsOwnedBy(source ?? shards.cluster.catalog)).toContain(3)
    await shards.sql('s1', `INSERT INTO orders (user_id, id) VALUES (${movingUser}, 900)`)
    await alter('ENABLE')
    const id = String(error.detail['id'])
    expect(await resumeMove(shards.cluster, id, options)).toMatchObject({phase: 'settled'})
    expect(await ordersOn('s2')).toEqual([`${movingUser}-900`])
    await finishMove(shards.cluster, id, options)
    await expectOn(shards, 's2')
  })

  it('by a change that cannot be applied says who fails, and is aborted', async () => {
    const row = `INSERT INTO orders (user_id, id) VALUES (${movingUser}, 900)`
    const error = await refusal(
      startMove(shards.cluster, order, {
        ...options,
        ...at('subscribe', async () => {
          await shards.sql('s2', `SET session_replication_role = replica; ${row}`)
          await shards.sql('s1', row)
        }),
      }),
    )
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'subscribed'}})
    expect(error.message).toMatch(/the subscription hl_move_\w+ on s2 fails again and again, \d+ times/)
    await abortMove(shards.cluster, String(error.detail['id']), options)
    await expectOn(shards, 's1')
  })

  it('whose slot is gone says so at once, and cannot be switched', async () => {
    const error = await refusal(
      startMove(shards.cluster, order, {
        ...options,
        ...at('verify', async () => {
          const [slot] = await shards.sql<{name: string; pid: number}>(
            's1',
            `SELECT slot_name AS name, active_pid AS pid FROM pg_replication_slots`,
          )
          await shards.sql('s2', `ALTER SUBSCRIPTION ${slot?.name ?? ''} DISABLE`)
          await expect.poll(() => shards.sql('s1', 'SELECT FROM pg_replication_slots WHERE active')).toEqual([])
          await shards.sql('s1', 'SELECT pg_drop_replication_slot($1)', [slot?.name])
        }),
      }),
    )
    expect(error.code).toBe('MOVE_STOPPED')
    expect(error.message).toMatch(/gone|stopped|lost/)
    await abortMove(shards.cluster, String(error.detail['id']), options)
    await expectOn(shards, 's1')
  })
})

describe('content that differs', () => {
  /** On the destination, past the fence, and as a write that the way back does not tell the source of. */
  const plant = async (text: string): Promise<void> => {
    const {host, port} = other.primary
    const client = new pg.Client({host, port, user: 'postgres', database: shards.database})
    await client.connect()
    try {
      await client.query('SET session_replication_role = replica')
      await client.query(`SELECT pg_replication_origin_create('planted')`)
      await client.query(`SELECT pg_replication_origin_session_setup('planted')`)
      await client.query(text)
      await client.query('SELECT pg_replication_origin_session_reset()')
      await client.query(`SELECT pg_replication_origin_drop('planted')`)
    } finally {
      await client.end()
    }
  }
  it.each([
    ['a row that is changed on one side', `UPDATE orders SET n = 99 WHERE user_id = ${movingUser}`],
    ['a row that is missing', `DELETE FROM events WHERE user_id = ${movingUser} AND at = 1`],
    ['a row that is on the destination only', `INSERT INTO events VALUES (${movingUser}, 500, 'extra')`],
  ])('is found: %s', async (_what, text) => {
    const error = await refusal(
      startMove(shards.cluster, order, {
        ...options,
        ...at('see-slots-on-standbys', () => plant(text)),
      }),
    )
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'reversible'}})
    expect(error.message).toMatch(/differs in 1 rows/)
    expect(
      (await shards.sql('s1', `SELECT FROM hl_shards.slot_group WHERE state = 'o' AND slot_group = 3`)).length,
    ).toBe(1)
    await abortMove(shards.cluster, String(error.detail['id']), options)
    await expectOn(shards, 's1')
  })
})

describe('a way back whose sides differ', () => {
  it('is not gone, and the move is finished instead', async () => {
    const {id} = await startMove(shards.cluster, order, options)
    // As a failover of the source leaves it, which has confirmed the row: nobody sends it again.
    await shards.sql(
      's1',
      `SET session_replication_role = replica; DELETE FROM events WHERE user_id = ${movingUser} AND at = 1`,
    )
    const error = await refusal(rollBackMove(shards.cluster, id, options))
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'settled'}})
    expect(error.message).toMatch(/differs in 1 rows.*roll it back, or finish it/)
    await finishMove(shards.cluster, id, options)
    await expectOn(shards, 's2')
  })
})

describe('a source that has lost the record of its move', () => {
  it('is not passed over: the move is aborted', async () => {
    const error = await refusal(
      startMove(shards.cluster, order, {
        ...options,
        ...at('wait-lease', async () => {
          await shards.sql('s1', 'DELETE FROM hl_shards.move')
          await shards.sql('s1', 'DROP EVENT TRIGGER hl_shards_move_changes; DROP EVENT TRIGGER hl_shards_move_drops')
        }),
      }),
    )
    expect(error.code).toBe('MOVE_STOPPED')
    const [move] = (await listMoves(shards.cluster)).moves
    const id = move?.id ?? ''
    expect(await refusal(resumeMove(shards.cluster, id, options))).toMatchObject({
      code: 'MOVE_STOPPED',
      detail: {reason: 'SET_BACK', canAbort: true},
    })
    expect(await abortMove(shards.cluster, id, options)).toMatchObject({phase: null})
    await expectOn(shards, 's1')
  })
})

describe('meanwhile', () => {
  it('markers of whoever compares come one after the other with those of the move', async () => {
    const {id} = await startMove(shards.cluster, order, options)
    const {host, port} = other.primary
    const client = new pg.Client({host, port, user: 'postgres', database: shards.database})
    await client.connect()
    await client.query('BEGIN')
    const mark = `SELECT hl_shards.mark_move('${id}', 'destination')::int4 AS number`
    const first = await client.query<{number: number}>(mark)
    // It waits for the first, and has the number after it.
    const second = shards.sql<{number: number}>('s2', mark)
    await client.query('COMMIT')
    await client.end()
    expect((await second)[0]?.number).toBe((first.rows[0]?.number ?? 0) + 1)
    await finishMove(shards.cluster, id, options)
  })

  it('DDL and TRUNCATE on sharded tables are refused on both shards, with the name of the move', async () => {
    const {id} = await startMove(shards.cluster, order, options)
    const statements = [
      'ALTER TABLE orders ADD COLUMN x int',
      'CREATE INDEX ON orders (n)',
      'DROP TABLE events_1',
      'ALTER TABLE events DETACH PARTITION events_1',
      'ALTER TABLE events DROP CONSTRAINT events_pkey',
      'DROP TRIGGER "~hl_shards_fence" ON orders',
      'GRANT SELECT ON orders TO public',
      `CREATE TABLE later (user_id int8 NOT NULL PRIMARY KEY); SELECT hl_shards.fence('later', 'user_id')`,
      'CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION hl_shards.tell_marker()',
    ]
    for (const shard of ['s1', 's2'])
      for (const statement of statements) {
        await expect(shards.sql(shard, statement)).rejects.toThrow(new RegExp(`move ${id} of groups 3, 4, 17`))
      }
    // The source owns 29 groups by now, so the fence has its own words for TRUNCATE.
    await expect(shards.sql('s1', 'TRUNCATE events')).rejects.toThrow(/cannot be truncated|move/)
    await shards.sql('s1', 'CREATE TABLE elsewhere (id int); CREATE INDEX ON elsewhere (id); DROP TABLE elsewhere')
    await finishMove(shards.cluster, id, options)
    await shards.sql('s1', 'ALTER TABLE orders ADD COLUMN x int')
  })

  it('a second process is refused, and so is a second move', async () => {
    const seen: ShardError[] = []
    const {id} = await startMove(shards.cluster, order, {
      ...options,
      ...at('copy', async () => {
        const {moves} = await listMoves(shards.cluster)
        seen.push(await refusal(resumeMove(shards.cluster, moves[0]?.id ?? '', options)))
        seen.push(await refusal(startMove(shards.cluster, {...order, groups: [9]}, options)))
      }),
    })
    await expect
      .poll(() => seen.map(({code, detail}) => [code, detail['reason']]))
      .toEqual([
        ['MOVE_REFUSED', 'RUNNING'],
        ['MOVE_REFUSED', 'MOVE_UNDER_WAY'],
      ])
    await finishMove(shards.cluster, id, options)
    expect((await refusal(finishMove(shards.cluster, id, options))).detail['reason']).toBe('UNKNOWN')
  })
})

describe('while a move is on', () => {
  it('partitions come on both shards, and what is written to them is moved, and brought back', async () => {
    const made = 'CREATE TABLE events_2 (LIKE events INCLUDING ALL); ALTER TABLE events ATTACH PARTITION events_2'
    const {id} = await startMove(shards.cluster, order, {
      ...options,
      ...at('subscribe', async () => {
        for (const shard of ['s1', 's2'])
          await shards.sql(
            shard,
            `${made} FOR VALUES FROM (1000000) TO (2000000); SELECT hl_shards.fence('events', 'user_id')`,
          )
        await shards.sql('s1', `INSERT INTO events VALUES (${movingUser}, 1500000, 'tomorrow')`)
      }),
    })
    expect(await shards.sql('s2', 'SELECT what FROM events WHERE at = 1500000')).toEqual([{what: 'tomorrow'}])
    await shards.sql('s2', `INSERT INTO events VALUES (${movingUser}, 1600000, 'since')`)
    await rollBackMove(shards.cluster, id, options)
    expect(await shards.sql('s1', 'SELECT what FROM events WHERE at > 1000000 ORDER BY at')).toEqual([
      {what: 'tomorrow'},
      {what: 'since'},
    ])
    await expectOn(shards, 's1')
  })

  it('a partition that is on one side only stops it before the switch, until it is made on the other', async () => {
    const made = 'CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (1000000) TO (2000000)'
    const error = await refusal(
      startMove(shards.cluster, order, {
        ...options,
        ...at('subscribe', async () => {
          await shards.sql('s1', made)
        }),
      }),
    )
    expect(error).toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'reversible'}})
    expect(error.message).toMatch(/s2 lacks partitions/)
    await shards.sql('s2', made)
    const id = String(error.detail['id'])
    expect(await resumeMove(shards.cluster, id, options)).toMatchObject({phase: 'settled'})
    await finishMove(shards.cluster, id, options)
    await expectOn(shards, 's2')
  })

  it('it waits in a pause, and goes on after it', async () => {
    const told: string[] = []
    const held = Promise.withResolvers<undefined>()
    const running = startMove(shards.cluster, order, {
      ...options,
      onProgress: async progress => {
        if (progress.kind === 'throttle') told.push(progress.why)
        if (progress.kind !== 'effect' || progress.effect !== 'copy') return
        const {moves} = await listMoves(shards.cluster)
        await pauseMove(shards.cluster, moves[0]?.id ?? '')
        held.resolve(undefined)
      },
    })
    await held.promise
    await expect.poll(() => told).toContain('it was asked to pause')
    const [move] = (await listMoves(shards.cluster)).moves
    expect(move).toMatchObject({phase: 'published', isPaused: true, runner: {application: `hl-move-${move?.id ?? ''}`}})
    expect(move?.slots).toEqual([])
    await unpauseMove(shards.cluster, move?.id ?? '')
    expect(await running).toMatchObject({phase: 'settled'})
    await finishMove(shards.cluster, move?.id ?? '', options)
    await expectOn(shards, 's2')
  })

  it('its sides are compared beside it, and a difference is found', async () => {
    const {id} = await startMove(shards.cluster, order, options)
    const {tables, phase} = await compareMove(shards.cluster, id, options)
    expect([phase, tables.length, tables.every(({rows}) => rows > 0)]).toEqual(['settled', 3, true])
    const {host, port} = one.primary
    const client = new pg.Client({host, port, user: 'postgres', database: shards.database})
    await client.connect()
    await client.query('SET session_replication_role = replica')
    await client.query('UPDATE orders SET n = 99 WHERE user_id = $1', [movingUser])
    await client.end()
    expect(await refusal(compareMove(shards.cluster, id, options))).toMatchObject({
      code: 'MOVE_STOPPED',
      detail: {table: 'public.orders'},
    })
    await finishMove(shards.cluster, id, options)
  })

  const atSwitch: readonly (readonly [MoveEffect, 'move' | 'abort'])[] = [
    ['fence', 'move'],
    ['activate', 'abort'],
    ['activate', 'move'],
  ]
  const anywhere = [
    ...atSwitch,
    ['copy', 'move'],
    ['copy', 'abort'],
    ['subscribe', 'move'],
    ['subscribe-back', 'abort'],
    ['verify', 'move'],
    ['release', 'move'],
  ] as const
  it.each(byDay(atSwitch, anywhere))(
    'a process that lives is taken over before %s (%s), and changes nothing any more',
    async (effect, goal) => {
      const others: unknown[] = []
      let id = ''
      const error = await refusal(
        startMove(shards.cluster, order, {
          ...options,
          onProgress: async progress => {
            if (progress.kind !== 'effect' || progress.effect !== effect || others.length > 0) return
            id = (await listMoves(shards.cluster)).moves[0]?.id ?? ''
            const other = goal === 'move' ? resumeMove : abortMove
            others.push(await other(shards.cluster, id, {...options, takeOver: true}))
          },
        }),
      )
      expect(error.code).toBe('MOVE_STOPPED')
      expect(others).toMatchObject([{phase: goal === 'move' ? 'settled' : null}])
      if (goal === 'move') await finishMove(shards.cluster, id, options)
      await expectOn(shards, goal === 'move' ? 's2' : 's1')
    },
  )
})

describe('checkMove', () => {
  it('finds nothing against a move that can be, and changes nothing', async () => {
    const {refusals, bytesEstimated} = await checkMove(shards.cluster, order, options)
    expect(refusals).toEqual([])
    expect(bytesEstimated).toBeGreaterThan(0)
    expect(await shards.left()).toEqual([])
  })

  it.each<readonly [string, 's1' | 's2' | 'both', string, string]>([
    [
      'a table without the key in its identity',
      'both',
      `CREATE TABLE t2 (user_id int8 NOT NULL, v int); SELECT hl_shards.fence('t2', 'user_id')`,
      'REPLICA_IDENTITY',
    ],
    [
      'a trigger that fires twice',
      'both',
      `CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION noop(); ALTER TABLE orders ENABLE ALWAYS TRIGGER audit`,
      'TRIGGERS',
    ],
    [
      'a foreign key that leads anywhere',
      'both',
      'CREATE TABLE codes (code int8 PRIMARY KEY); ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES codes NOT VALID',
      'FOREIGN_KEYS',
    ],
    [
      'a key of a table that stays',
      'both',
      'CREATE TABLE notes (user_id int8, order_id int8, FOREIGN KEY (user_id, order_id) REFERENCES orders (user_id, id))',
      'FOREIGN_KEYS',
    ],
    [
      'a reference table whose copies differ',
      's1',
      `SET hl_shards.on_all_shards = on; INSERT INTO currencies VALUES ('EUR')`,
      'REFERENCES',
    ],
    [
      'a reference table to which each shard gave a default of its own',
      'both',
      `SET hl_shards.on_all_shards = on; INSERT INTO currencies VALUES ('EUR');
       ALTER TABLE currencies ADD COLUMN at timestamptz DEFAULT clock_timestamp()`,
      'REFERENCES',
    ],
    ['a column that is on one side only', 's1', 'ALTER TABLE orders ADD COLUMN x int', 'SCHEMA'],
    [
      'a partition that is on one side only',
      's1',
      'CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (1000000) TO (2000000)',
      'PARTITIONS',
    ],
    [
      'rows of the groups on the destination',
      's2',
      `SET session_replication_role = replica; INSERT INTO events VALUES (${movingUser}, 5, 'old')`,
      'ROWS_THERE',
    ],
    [
      'a transaction that is prepared',
      's1',
      `BEGIN; UPDATE orders SET n = 1 WHERE user_id = ${movingUser}; PREPARE TRANSACTION 'left'`,
      'PREPARED',
    ],
  ])('refuses %s, and startMove with it', async (_what, where, text, reason) => {
    for (const shard of where === 'both' ? ['s1', 's2'] : [where]) await shards.sql(shard, text)
    onTestFinished(async () => {
      if (reason === 'PREPARED') await shards.sql('s1', `ROLLBACK PREPARED 'left'`).catch(() => undefined)
    })
    const {refusals} = await checkMove(shards.cluster, order, options)
    expect([...new Set(refusals.map(one => one.reason))]).toEqual([reason])
    expect(await refusal(startMove(shards.cluster, order, options))).toMatchObject({
      code: 'MOVE_REFUSED',
      detail: {reason},
    })
    expect(await shards.left()).toEqual([])
    if (reason === 'PREPARED') await shards.sql('s1', `ROLLBACK PREPARED 'left'`)
  })
})

it('a shard without the tables of moves is named, and how it gets them', async () => {
  await shards.sql('s2', 'ALTER TABLE hl_shards.move RENAME TO gone')
  try {
    const error = await refusal(startMove(shards.cluster, order, options))
    expect(error).toMatchObject({code: 'MOVE_REFUSED', shard: 's2', detail: {reason: 'NOT_INSTALLED'}})
  } finally {
    await shards.sql('s2', 'ALTER TABLE hl_shards.gone RENAME TO move')
  }
  expect(await shards.left()).toEqual([])
})

describe('reference tables', () => {
  it('are copied to a shard that owns nothing, and to no other', async () => {
    const [s1, s2] = shards.cluster.shards
    if (s1 === undefined || s2 === undefined) throw new Error('two shards')
    const write = (code: string): string =>
      `SET hl_shards.on_all_shards = on; INSERT INTO currencies VALUES ('${code}')`
    await shards.sql('s1', write('EUR'))
    await shards.sql('s2', write('XXX'))
    expect(await refusal(copyReferences(s1, s2))).toMatchObject({code: 'MOVE_REFUSED', detail: {reason: 'OWNER'}})
    await shards.sql('s2', `UPDATE hl_shards.slot_group SET state = 'r', owner = 's1'`)
    expect(await copyReferences(s1, s2)).toEqual(['public.currencies'])
    expect(await shards.sql('s2', 'SELECT code FROM currencies')).toEqual([{code: 'EUR'}])
    expect(await copyReferences(s1, s2)).toEqual([])
  })
})
