// Three replicas under load while they get slow, fail and hang: who gets the requests, and how fast the shares even out
// again. Simulated time, chance by a fixed seed.
import {describe, expect, it, test} from 'vitest'
import {chooseReplica, type Need} from './choose-replica.ts'
import {failed, finished, newReplica, started, type Replica} from './replica.ts'

type Health = 'well' | 'slow' | 'failing' | 'hanging'

/** From `fromMs` until `untilMs` the replica at `at` is in that state. */
interface Trouble {
  readonly at: number
  readonly health: Health
  readonly fromMs: number
  readonly untilMs: number
}

/** That share of the queries takes so much longer, on any replica. */
interface LongQueries {
  readonly share: number
  readonly ms: number
}

interface Pick {
  readonly atMs: number
  readonly at: number
}

interface Played {
  /** First choices of requests, and those after a failure. */
  readonly picks: readonly Pick[]
  /** Requests that found nobody at their first choice. */
  readonly leftAlone: number
  /** Requests that all replicas failed. */
  readonly toPrimary: number
}

const need: Need = {limits: {lagBytesMax: Infinity, lagMsMax: Infinity}, fresh: null}
const latencyMs = 5
const deadlineMs = 300

/** mulberry32: numbers in [0, 1), the same for the same seed. */
function chancesOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class Simulation {
  readonly picks: Pick[] = []
  leftAlone = 0
  toPrimary = 0
  readonly #replicas: readonly Replica[] = ['pg1', 'pg2', 'pg3'].map(node =>
    Object.assign(newReplica(node), {lagBytes: 0, lagMs: 0}),
  )
  readonly #ends = new Map<number, (() => void)[]>()
  readonly #chance: () => number
  readonly #troubles: readonly Trouble[]
  readonly #long: LongQueries
  #nowMs = 0

  constructor(seed: number, troubles: readonly Trouble[], long: LongQueries = {share: 0, ms: 0}) {
    this.#chance = chancesOf(seed)
    this.#troubles = troubles
    this.#long = long
  }

  /** One tick is a quarter of a millisecond; `everyTicks` between two requests. */
  run(forMs: number, everyTicks: number): Played {
    for (let tick = 0; tick < forMs * 4; tick++) {
      this.#nowMs = tick / 4
      for (const end of this.#ends.get(tick) ?? []) end()
      this.#ends.delete(tick)
      if (tick % everyTicks === 0) this.#send(null)
    }
    return {picks: this.picks, leftAlone: this.leftAlone, toPrimary: this.toPrimary}
  }

  #send(tried: ReadonlySet<string> | null): void {
    const replica = chooseReplica(this.#replicas, need, tried, this.#nowMs, this.#chance(), this.#chance())
    if (replica === null) {
      if (tried === null) this.leftAlone++
      this.toPrimary++
      return
    }
    const at = this.#replicas.indexOf(replica)
    const sentMs = this.#nowMs
    this.picks.push({atMs: sentMs, at})
    started(replica)
    const health =
      this.#troubles.find(each => each.at === at && sentMs >= each.fromMs && sentMs < each.untilMs)?.health ?? 'well'
    const takesMs = this.#takesMs(health)
    if (health !== 'failing' && takesMs <= deadlineMs)
      this.#after(takesMs, () => finished(replica, this.#nowMs - sentMs, this.#nowMs))
    else {
      this.#after(Math.min(takesMs, deadlineMs), () => {
        failed(replica, health === 'failing' ? 'error' : 'hang', this.#nowMs - sentMs, this.#nowMs)
        // A query that is too long for its deadline is so anywhere.
        if (health !== 'well') this.#send(new Set([...(tried ?? []), replica.node]))
      })
    }
  }

  #takesMs(health: Health): number {
    if (health === 'failing') return 1
    if (health === 'hanging') return Infinity
    const isLong = this.#chance() < this.#long.share
    return latencyMs * (0.5 + this.#chance()) * (health === 'slow' ? 10 : 1) + (isLong ? this.#long.ms : 0)
  }

  #after(ms: number, end: () => void): void {
    const tick = Math.max(1, Math.round(ms * 4)) + this.#nowMs * 4
    this.#ends.set(tick, [...(this.#ends.get(tick) ?? []), end])
  }
}

function shares(picks: readonly Pick[]): readonly number[] {
  return [0, 1, 2].map(at => picks.filter(pick => pick.at === at).length / picks.length)
}

function between(picks: readonly Pick[], fromMs: number, untilMs: number): readonly Pick[] {
  return picks.filter(({atMs}) => atMs >= fromMs && atMs < untilMs)
}

/** How many picks it took until the next 600 were shared evenly: each replica has 21 to 46 %. */
function picksUntilEven(picks: readonly Pick[]): number {
  for (let from = 0; from + 600 <= picks.length; from += 20)
    if (shares(picks.slice(from, from + 600)).every(share => share > 0.21 && share < 0.46)) return from
  return Infinity
}

/** The most that one replica had of any 300 picks in a row. */
function largestShare(picks: readonly Pick[]): number {
  const windows = Array.from({length: Math.floor(picks.length / 300)}, (_, at) => picks.slice(at * 300, (at + 1) * 300))
  return Math.max(...windows.flatMap(shares))
}

const seeds = [1, 2]
const loads = [
  ['4,000', 1],
  ['1,000', 4],
  ['200', 20],
] as const

describe.each(loads)('at %s requests/s', (_rate, everyTicks) => {
  it('the well share the load', () => {
    for (const seed of seeds)
      expect(picksUntilEven(new Simulation(seed, []).run(5_000, everyTicks).picks)).toBeLessThan(100)
  })

  // 7 s: after a longer outage an ejection may last up to 30 s more.
  it.each<Health>(['slow', 'failing', 'hanging'])(
    'one that is %s for 7 s gets next to nothing, nobody is left alone, and afterwards all share again',
    health => {
      for (const seed of seeds) {
        const {picks, leftAlone, toPrimary} = new Simulation(seed, [
          {at: 0, health, fromMs: 2_000, untilMs: 9_000},
        ]).run(20_000, everyTicks)
        expect({leftAlone, toPrimary}).toEqual({leftAlone: 0, toPrimary: 0})
        expect(shares(between(picks, 2_000, 2_500))[0]).toBeLessThan(0.15)
        expect(shares(between(picks, 2_500, 9_000))[0]).toBeLessThan(0.015)
        expect(picksUntilEven(between(picks, 9_000, 20_000))).toBeLessThan(4_000 / everyTicks + 600)
      }
    },
  )

  it('of three with three troubles the slow one carries on', () => {
    for (const seed of seeds) {
      const troubles = (['slow', 'failing', 'hanging'] as const).map((health, at) => ({
        at,
        health,
        fromMs: 1_000,
        untilMs: 8_000,
      }))
      const {picks, leftAlone, toPrimary} = new Simulation(seed, troubles).run(20_000, everyTicks)
      expect({leftAlone, toPrimary}).toEqual({leftAlone: 0, toPrimary: 0})
      expect(shares(between(picks, 2_000, 8_000))[0]).toBeGreaterThan(0.97)
      expect(picksUntilEven(between(picks, 8_000, 20_000))).toBeLessThan(4_000 / everyTicks + 600)
    }
  })

  it('when all hang somebody is tried nevertheless, and afterwards all share again', () => {
    for (const seed of seeds) {
      const troubles = [0, 1, 2].map(at => ({at, health: 'hanging' as const, fromMs: 1_000, untilMs: 6_000}))
      const {picks, leftAlone, toPrimary} = new Simulation(seed, troubles).run(20_000, everyTicks)
      expect(leftAlone).toBe(0)
      expect(toPrimary).toBeGreaterThan(0)
      expect(picksUntilEven(between(picks, 6_000, 20_000))).toBeLessThan(16_000 / everyTicks)
    }
  })
})

// With a plain moving average one replica had all of the load for seconds: each long query put its replica out of the
// latency window until nobody remembered.
test.each([0.01, 0.05, 0.2])('long queries (%f of all) do not make one replica carry the load of three', share => {
  for (const seed of seeds)
    for (const [, everyTicks] of loads)
      expect(largestShare(new Simulation(seed, [], {share, ms: 200}).run(10_000, everyTicks).picks)).toBeLessThan(0.65)
})

// Not at 200/s: with nothing else under way on a replica, a query that is too long and a frozen node look the same.
test('queries that are too long for their deadline do not put out healthy replicas', () => {
  for (const seed of seeds) {
    for (const everyTicks of [1, 4]) {
      const {picks, leftAlone} = new Simulation(seed, [], {share: 0.05, ms: 2 * deadlineMs}).run(10_000, everyTicks)
      expect(leftAlone).toBe(0)
      expect(largestShare(picks)).toBeLessThan(0.65)
    }
  }
})
