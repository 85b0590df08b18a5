// Events of the pool and its counters: which, in which order, with which arguments. For tests only. Not here: 'error'
// (failures.ts).
import type pg from 'pg'
import {expect, test} from 'vitest'
import {until} from '../until.ts'
import {called, failureOf, pidOf, withClient, type Subject} from './subject.ts'

/** What a pool emits, each with its arguments. */
function eventsOf(pool: pg.Pool): (readonly [name: string, ...args: readonly unknown[]])[] {
  const seen: (readonly [string, ...unknown[]])[] = []
  for (const name of ['connect', 'acquire', 'release', 'remove', 'error'] as const)
    pool.on(name, (...args: readonly unknown[]) => void seen.push([name, ...args]))
  return seen
}

const namesOf = (seen: readonly (readonly [string, ...unknown[]])[]): string[] => seen.map(([name]) => name)

export function events({pool: make}: Subject): void {
  test('of a first and a second checkout', async () => {
    const pool = make()
    const seen = eventsOf(pool)
    const client = await pool.connect()
    expect(seen).toEqual([
      ['connect', client],
      ['acquire', client],
    ])
    client.release()
    expect(seen.slice(2)).toEqual([['release', undefined, client]])
    const again = await pool.connect()
    expect(seen.slice(3)).toEqual([['acquire', again]])
    again.release()
  })

  test('the client of an event is the one that is given out', async () => {
    const pool = make()
    const seen = eventsOf(pool)
    const client = await pool.connect()
    expect(seen.map(([, given]) => given === client)).toEqual([true, true])
    client.release()
    expect(seen.at(-1)?.[2]).toBe(client)
  })

  test('come before the caller gets the client', async () => {
    const pool = make()
    const seen = eventsOf(pool)
    await called(callback => {
      pool.connect((error, client) => {
        expect(namesOf(seen)).toEqual(['connect', 'acquire'])
        client?.release()
        callback(error)
      })
    })
  })

  test('of a query are those of a checkout', async () => {
    const pool = make()
    const seen = eventsOf(pool)
    await pool.query('SELECT 1')
    expect(namesOf(seen)).toEqual(['connect', 'acquire', 'release'])
  })

  test('of a query that fails name its error, and the connection goes', async () => {
    const pool = make()
    const seen = eventsOf(pool)
    const failure = await failureOf(pool.query('SELEC'))
    expect(namesOf(seen)).toEqual(['connect', 'acquire', 'release'])
    expect(seen[2]?.[1]).toBe(failure)
    await until(
      'the connection is removed',
      () => namesOf(seen),
      names => names.at(-1) === 'remove',
    )
    expect(pool.totalCount).toBe(0)
  })

  test('of a release with an error name it, and a removal follows', async () => {
    const pool = make()
    const seen = eventsOf(pool)
    const client = await pool.connect()
    const broken = new Error('broken')
    client.release(broken)
    expect(seen[2]).toEqual(['release', broken, client])
    expect(namesOf(seen)).not.toContain('remove')
    await until(
      'the connection is removed',
      () => seen.length,
      length => length === 4,
    )
    expect(seen[3]?.[0]).toBe('remove')
  })

  test('of the end are removals', async () => {
    const pool = make()
    const seen = eventsOf(pool)
    const both = await Promise.all([pool.connect(), pool.connect()])
    both.forEach(client => client.release())
    await pool.end()
    // The last of them may come after end() has resolved: it does not wait for the servers to hang up.
    await until(
      'both are removed',
      () => namesOf(seen).slice(-2),
      names => names.join() === 'remove,remove',
    )
  })

  test('a listener of connect can prepare the session before its first query', async () => {
    const pool = make()
    pool.on('connect', client => void client.query("SET application_name = 'prepared-by-listener'"))
    expect((await pool.query('SHOW application_name')).rows).toEqual([{application_name: 'prepared-by-listener'}])
  })

  test('counters follow checkouts, waiters and releases', async () => {
    const pool = make({max: 2})
    const counts = (): number[] => [pool.totalCount, pool.idleCount, pool.waitingCount, pool.expiredCount]
    expect(counts()).toEqual([0, 0, 0, 0])
    const [first, second] = [await pool.connect(), await pool.connect()]
    expect(counts()).toEqual([2, 0, 0, 0])
    const third = pool.connect()
    expect(counts()).toEqual([2, 0, 1, 0])
    first.release()
    expect(pidOf(await third)).toBe(pidOf(first))
    expect(counts()).toEqual([2, 0, 0, 0])
    const last = await third
    last.release()
    expect(counts()).toEqual([2, 1, 0, 0])
    second.release(true)
    expect(counts()).toEqual([1, 1, 0, 0])
    await withClient(pool, async () => expect(counts()).toEqual([1, 0, 0, 0]))
  })
}
