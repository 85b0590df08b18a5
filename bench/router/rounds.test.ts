import {describe, expect, it} from 'vitest'
import {interleaved, orderOf, warmUpBy} from './rounds.ts'

const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** How often each value is there, as a set: of one member where all are there equally often. */
function countsOf(values: readonly string[]): ReadonlySet<number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return new Set(counts.values())
}

describe('the order of a round', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('is balanced for %i contenders', count => {
    const names = all.slice(0, count)
    const rounds = count % 2 === 0 ? count : 2 * count
    const orders = Array.from({length: rounds}, (_, round) => orderOf(names, round))
    for (const order of orders) expect(order.toSorted()).toEqual(names)
    const places = orders.flatMap(order => order.map((name, place) => `${name} at ${place}`))
    expect(places).toHaveLength(rounds * count)
    expect(new Set(places).size).toBe(count * count)
    expect(countsOf(places).size).toBe(1)
    const neighbours = orders.flatMap(order => order.slice(1).map((name, place) => `${order[place] ?? ''} ${name}`))
    expect(new Set(neighbours).size).toBe(count * (count - 1))
    expect(countsOf(neighbours).size).toBe(count === 1 ? 0 : 1)
  })
})

describe('interleaved', () => {
  it('gives each contender one figure a round, and goes on counting rounds', async () => {
    const turns: string[] = []
    const turn = async (name: string): Promise<number> => Promise.resolve(turns.push(name))
    const figures = await interleaved(['a', 'b', 'c'], 2, turn, 1)
    expect(turns).toEqual([...orderOf(['a', 'b', 'c'], 1), ...orderOf(['a', 'b', 'c'], 2)])
    expect(Object.values(figures).map(each => each.length)).toEqual([2, 2, 2])
  })
})

describe('a warm-up', () => {
  it('ends when each has sent its statements', async () => {
    const sent = new Map([
      ['a', 0],
      ['b', 0],
    ])
    await warmUpBy(
      ['a', 'b'],
      async name => {
        const count = name === 'a' ? 1 : 7
        sent.set(name, (sent.get(name) ?? 0) + count)
        return Promise.resolve(count)
      },
      10,
    )
    expect([...sent]).toEqual([
      ['a', 10],
      ['b', 14],
    ])
  })
})
