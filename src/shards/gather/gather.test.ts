// Gathering from shards without servers: every way in which a reading can go and end, with nothing left of it. What
// PostgreSQL does is shown in test/integration/shards/gather*.test.ts.
import fc from 'fast-check'
import {DatabaseError} from 'pg'
import {describe, expect, it, vi} from 'vitest'
import {FakeShard, type FakeShardOptions} from '../../../test/fakes/fake-shard.ts'
import {allOf, allRows, key} from '../../../test/integration/shards/gather-plans.ts'
import type {GatherPlan} from '../routing/gather-plan.ts'
import type {RawRow} from './compare-rows.ts'
import {gather} from './gather.ts'
import type {GatherLeg, GatherOptions} from './gather-options.ts'

const sorted = {...allRows, sort: [key(0, 'int')]}
const numbers = (...values: readonly number[]): readonly RawRow[] => values.map(value => [String(value)])
const upTo = (count: number): readonly RawRow[] => numbers(...Array.from({length: count}, (_, index) => index))

function shards(...options: readonly FakeShardOptions[]): readonly FakeShard[] {
  return options.map(each => new FakeShard(each))
}

function legsOf(all: readonly FakeShard[]): GatherLeg[] {
  return all.map(({router}, index) => ({shard: `s${index}`, router, text: 'SELECT', values: []}))
}

async function read(
  all: readonly FakeShard[],
  plan: GatherPlan = sorted,
  options: GatherOptions = {},
): Promise<unknown[]> {
  const rows = await allOf(gather(legsOf(all), plan, {...options, rowMode: 'array'}))
  expect(all.map(({used}) => used)).toEqual(all.map(() => 0))
  return rows.map(row => (row.length === 1 ? row[0] : row))
}

/** Until whatever can happen without waiting has happened. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
}

describe('rows', () => {
  it('of any number of legs in any batches are those of all legs, in order', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer(), {maxLength: 12}), {minLength: 1, maxLength: 6}),
        fc.integer({min: 1, max: 4}),
        fc.option(fc.nat({max: 20})),
        fc.nat({max: 10}),
        async (lists, batchRows, limit, offset) => {
          const all = shards(...lists.map(list => ({rows: numbers(...list.toSorted((a, b) => a - b))})))
          const expected = lists
            .flat()
            .sort((a, b) => a - b)
            .slice(offset, limit === null ? undefined : offset + limit)
          expect(await read(all, {...sorted, limit, offset}, {batchRows})).toEqual(expected)
        },
      ),
      {numRuns: 30},
    ))

  it('are given once where they are equal', async () =>
    expect(
      await read(
        shards({rows: numbers(1, 1, 2, 3)}, {rows: numbers(1, 3, 3)}),
        {...sorted, distinct: true, distinctKeys: [key(0, 'int')], limit: 2, offset: 1},
        {batchRows: 1},
      ),
    ).toEqual([2, 3]))

  it('are not asked for while the reader pauses', async () => {
    const all = shards({rows: upTo(1_000)}, {rows: upTo(1_000)})
    const rows = gather(legsOf(all), sorted, {batchRows: 10})[Symbol.asyncIterator]()
    await rows.next()
    await turns()
    // The batch that is read, the next one, and what was taken for the row.
    expect(all.every(({fetched}) => fetched <= 30)).toBe(true)
    await rows.return?.()
    expect(all.map(({used}) => used)).toEqual([0, 0])
  })

  it('of legs that differ are refused', async () => {
    await expect(read(shards({fields: ['a']}, {fields: ['b']}))).rejects.toMatchObject({
      code: 'SHARD_FAILED',
      shard: 's1',
    })
    await expect(read(shards({}, {timeZone: 'Asia/Tokyo'}))).rejects.toThrow('UTC and Asia/Tokyo')
    expect(await read(shards({}, {timeZone: 'Etc/UTC'}))).toEqual([])
    await expect(read(shards({rows: numbers(2, 1)}, {}))).rejects.toThrow('sorts in another order')
  })

  it('are read once', async () => {
    const rows = gather(legsOf(shards({})), sorted)
    await allOf(rows)
    await expect(allOf(rows)).rejects.toThrow('read once')
  })
})

describe('groups', () => {
  const combine = {text: 'SELECT sum', columnTypes: ['int4'], groupKeys: []}
  const answer = (values: readonly unknown[]): (string | null)[][] => [[String(values[0])]]
  it('go to one shard as arrays', async () =>
    expect(
      await read(
        shards({rows: numbers(1, 2), answer, max: 1}, {rows: numbers(3), answer, max: 1}),
        {...allRows, combine},
        {types: {getTypeParser: () => String}},
      ),
    ).toEqual(['{"1","2","3"}']))
  it('none are asked for too', async () =>
    expect(
      await read(shards({answer}, {answer}), {...allRows, combine}, {types: {getTypeParser: () => String}}),
    ).toEqual(['{}']))
  it('go to another shard when one is missing', async () => {
    const gone = {unreachable: new Error('refused'), answer}
    expect(
      await read(
        shards(gone, {rows: numbers(3), answer}),
        {...allRows, combine},
        {partial: true, types: {getTypeParser: () => String}},
      ),
    ).toEqual(['{"3"}'])
  })
  it('are sorted here, and bounded', async () => {
    const answers = {answer: () => upTo(10)}
    const plan = {...allRows, combine, sort: [key(0, 'int', {descending: true})]}
    expect(await read(shards(answers, answers), {...plan, limit: 2, offset: 1})).toEqual([8, 7])
    await expect(read(shards(answers, answers), plan, {rowsMax: 5})).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      detail: {limit: 'rowsMax'},
    })
    await expect(read(shards({rows: upTo(10), answer}, {}), {...allRows, combine}, {rowsMax: 5})).rejects.toThrow(
      'one group of an aggregate',
    )
  })
})

describe('a failure', () => {
  const broken = new Error('Connection terminated unexpectedly')
  it('of one leg ends the others, and names its shard', async () => {
    const all = shards({rows: upTo(100)}, {rows: upTo(100), at: {row: 50, error: broken}})
    await expect(read(all, sorted, {batchRows: 10})).rejects.toMatchObject({
      code: 'SHARD_FAILED',
      shard: 's1',
      cause: broken,
    })
    expect(all.map(({used}) => used)).toEqual([0, 0])
  })

  it.each<readonly [string, FakeShardOptions]>([
    ['cannot be reached', {unreachable: broken}],
    ['breaks before a row of it was given', {rows: upTo(1), at: {row: 0, error: broken}}],
  ])('of a shard that %s leaves it out with partial', async (_what, options) => {
    const rows = gather(legsOf(shards({rows: numbers(7)}, options)), sorted, {partial: true})
    expect(await allOf(rows)).toEqual([{n: 7}])
    expect(rows.missingShards).toEqual(['s1'])
  })

  it('in the middle is one with partial too, and so is that of all shards or of the statement', async () => {
    const middle = shards({rows: upTo(100)}, {rows: upTo(100), at: {row: 50, error: broken}})
    await expect(read(middle, sorted, {batchRows: 10, partial: true})).rejects.toMatchObject({shard: 's1'})
    const refused = Object.assign(new DatabaseError('division by zero', 0, 'error'), {code: '22012', severity: 'ERROR'})
    await expect(read(shards({}, {at: {row: 0, error: refused}}), sorted, {partial: true})).rejects.toBe(refused)
    await expect(read(shards({unreachable: broken}), sorted, {partial: true})).rejects.toMatchObject({
      code: 'SHARD_FAILED',
    })
  })
})

describe('an early end', () => {
  const hanging: FakeShardOptions = {rows: upTo(10), at: {row: 5, error: 'hangs'}}
  it('by the deadline names who did not answer, and destroys its connection', async () => {
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'performance']})
    try {
      const all = shards({rows: upTo(10)}, hanging)
      const reading = read(all, sorted, {deadlineMs: 50})
      reading.catch(() => undefined)
      await turns()
      await vi.advanceTimersByTimeAsync(50)
      await expect(reading).rejects.toMatchObject({code: 'TIMEOUT', shard: 's1'})
      expect(all.map(({used, destroyed}) => [used, destroyed])).toEqual([
        [0, 0],
        [0, 1],
      ])
    } finally {
      vi.useRealTimers()
    }
  })

  it('by the signal, before anything is sent or while it is waited', async () => {
    await expect(read(shards({}), sorted, {signal: AbortSignal.abort()})).rejects.toMatchObject({code: 'ABORTED'})
    const controller = new AbortController()
    const all = shards({}, {max: 0})
    const reading = read(all, sorted, {signal: controller.signal})
    await turns()
    expect(all.map(({used}) => used)).toEqual([1, 0])
    controller.abort('enough')
    await expect(reading).rejects.toMatchObject({code: 'ABORTED', cause: 'enough'})
    expect(all.map(({used}) => used)).toEqual([0, 0])
  })

  it('by the reader, whose pending row is then the end', async () => {
    const all = shards(hanging)
    const rows = gather(legsOf(all), sorted, {batchRows: 10})[Symbol.asyncIterator]()
    const next = rows.next()
    await turns()
    await rows.return?.()
    expect(await next).toEqual({done: true, value: undefined})
    expect(all[0]?.used).toBe(0)
  })
})

it('connections are taken in one order, so that gatherings never wait for each other', async () => {
  const all = shards({max: 1, rows: upTo(3)}, {max: 1, rows: upTo(3)})
  const forth = legsOf(all)
  const rows = await Promise.all(
    Array.from({length: 20}, (_, turn) => allOf(gather(turn % 2 === 0 ? forth : forth.toReversed(), sorted))),
  )
  expect(rows.every(({length}) => length === 6)).toBe(true)
  expect(all.map(({used, usedMost}) => [used, usedMost])).toEqual([
    [0, 1],
    [0, 1],
  ])
})

it.each<readonly [string, GatherOptions]>([
  ['fanoutMax is 0', {fanoutMax: 0}],
  ['deadlineMs is -1', {deadlineMs: -1}],
  ['batchRows is 1.5', {batchRows: 1.5}],
])('an option that cannot work is refused: %s', (message, options) =>
  expect(() => gather(legsOf(shards({})), sorted, options)).toThrow(message),
)
