// A barrier beside transactions over shards that decide at any moment: whatever order things happen in, none straddles
// it. The same barrier without its hold does, so the check can fail.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {yes} from '../transactions/judge-answer.ts'
import {judgeWholeness, type KnownDecisions, type SeenDecisions} from '../transactions/judge-wholeness.ts'
import {transactionId} from '../transactions/gid.ts'
import {armedWith, commitInTwoPhases, type Party} from '../transactions/two-phase.ts'
import type {BarrierPosition} from './barrier.ts'
import {tryBarrier, type BarrierParty} from './take-barrier.ts'

/** An effect on a server, at a moment that the test chooses. */
type Turn = (label: string) => Promise<unknown>

/** A lock that is shared or had alone, first come first served, as PostgreSQL's. */
class FakeLock {
  #shared = 0
  #alone = false
  readonly #queue: {readonly alone: boolean; readonly go: () => void}[] = []

  async take(alone: boolean): Promise<void> {
    return new Promise(resolve => {
      this.#queue.push({alone, go: () => resolve()})
      this.#next()
    })
  }

  release(alone: boolean): void {
    if (alone) this.#alone = false
    else this.#shared -= 1
    this.#next()
  }

  #next(): void {
    for (let [first] = this.#queue; first !== undefined; [first] = this.#queue) {
      if (this.#alone || (first.alone && this.#shared > 0)) return
      this.#queue.shift()
      if (first.alone) this.#alone = true
      else this.#shared += 1
      first.go()
    }
  }
}

class FakeShard {
  readonly lock = new FakeLock()
  readonly rows: KnownDecisions['rows'][number][] = []
  readonly prepared = new Map<string, string>()
  readonly name: string
  /** As a restore to its restore point has it. */
  restored: Omit<SeenDecisions, 'shard'> | null = null

  constructor(name: string) {
    this.name = name
  }

  partyOf(id: string, turn: Turn): Party {
    const {name, rows, prepared, lock} = this
    let row: KnownDecisions['rows'][number] | null = null
    let decides = false
    return {
      shard: name,
      async arm(_id, _part, participants) {
        await turn(`${name} arms`)
        row = {id, participants}
        decides = participants.length > 0
        if (decides) await lock.take(false)
        return armedWith(10)
      },
      async prepare(gid) {
        await turn(`${name} prepares`)
        prepared.set(gid, id)
        return yes
      },
      async commit() {
        await turn(`${name} commits`)
        if (row !== null) rows.push(row)
        if (decides) lock.release(false)
        return yes
      },
      async rollBack() {
        await turn(`${name} rolls back`)
        if (decides) lock.release(false)
      },
      async finish(gid) {
        await turn(`${name} finishes`)
        if (prepared.delete(gid) && row !== null) rows.push(row)
        return yes
      },
    }
  }

  barrierParty(turn: Turn, isHeld: boolean): BarrierParty {
    const {name, lock} = this
    let has = false
    const release = async (): Promise<void> => {
      await turn(`${name} is let go`)
      if (has) lock.release(true)
      has = false
    }
    return {
      shard: name,
      async hold() {
        await turn(`${name} is held`)
        if (!isHeld) return
        await lock.take(true)
        has = true
      },
      point: async point => {
        await turn(`${name} makes its point`)
        const known = {rows: [...this.rows], decided: []}
        this.restored = {first: known, prepared: [...this.prepared.values()], last: known}
        return {shard: name, system: '7', timeline: 1, lsn: '0/1', point, groups: {}, moves: []}
      },
      release,
      giveUp: release,
    }
  }
}

const series = '00000000-0000-4000-8000-000000000000'
const ports = {
  atStep: () => undefined,
  settle: async () => Promise.resolve('unknown' as const),
  finishLater: () => undefined,
  settleLater: () => undefined,
}

/** Transfers over all shards, each with another coordinator, beside a barrier: what a restore to it would have. */
async function world(
  scheduler: fc.Scheduler,
  {isHeld, shards: count}: {readonly isHeld: boolean; readonly shards: number},
) {
  const turn: Turn = async label => scheduler.schedule(Promise.resolve(null), label)
  const shards = Array.from({length: count}, (_, index) => new FakeShard(`s${index + 1}`))
  const transfers = shards.map(async (coordinator, number) => {
    const others = shards.filter(one => one !== coordinator)
    const name = {map: 'm', coordinator: coordinator.name, series, number, participants: others.length}
    const id = transactionId(name)
    const parties = {
      coordinator: coordinator.partyOf(id, turn),
      participants: others.map(one => one.partyOf(id, turn)),
      readers: [],
    }
    return commitInTwoPhases(parties, id, ports)
  })
  const taking = tryBarrier(
    shards.map(one => one.barrierParty(turn, isHeld)),
    'b',
    {holdMs: 500, nowMs: () => 0},
  )
  await scheduler.waitFor(Promise.all([...transfers, taking]))
  const restored = shards.flatMap(({name, restored: seen}) => (seen === null ? [] : [{shard: name, ...seen}]))
  return {tried: await taking, ends: await Promise.all(transfers), judged: judgeWholeness(restored), restored}
}

describe('a barrier', () => {
  it.each([2, 3])('over %i shards is straddled by no transaction, in whatever order things happen', async shards => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async scheduler => {
        const {tried, ends, judged, restored} = await world(scheduler, {isHeld: true, shards})
        expect(tried.kind).toBe('taken')
        expect(restored).toHaveLength(shards)
        expect(ends.map(({outcome}) => outcome)).toEqual(Array.from({length: shards}, () => 'committed'))
        expect(judged).toEqual({halves: 0, named: []})
      }),
      {numRuns: 300},
    )
  })

  it('without its hold is straddled: the check finds it', async () => {
    const found = await fc.check(
      fc.asyncProperty(fc.scheduler(), async scheduler => {
        expect((await world(scheduler, {isHeld: false, shards: 2})).judged.halves).toBe(0)
      }),
      {numRuns: 300},
    )
    expect(found.failed).toBe(true)
  })
})

const position: BarrierPosition = {shard: 'x', system: '7', timeline: 1, lsn: '0/1', point: 'b', groups: {}, moves: []}

/** Parties that note what is done with them. */
function parties(fails: Readonly<Partial<Record<string, 'hold' | 'point' | 'release'>>>) {
  const log: string[] = []
  const step = async (shard: string, what: 'hold' | 'point' | 'release' | 'giveUp'): Promise<void> => {
    log.push(`${shard} ${what}`)
    if (fails[shard] === what) throw new Error(`no ${what}`)
    return Promise.resolve()
  }
  const all = ['s1', 's2', 's3'].map((shard): BarrierParty => ({
    shard,
    hold: async () => step(shard, 'hold'),
    point: async () => step(shard, 'point').then(() => ({...position, shard})),
    release: async () => step(shard, 'release'),
    giveUp: async () => step(shard, 'giveUp'),
  }))
  return {all, log}
}

describe('a try', () => {
  const now = {holdMs: 500, nowMs: () => 0}

  it('holds the first shard before the others, and lets none go before all have their point', async () => {
    const {all, log} = parties({})
    expect(await tryBarrier(all, 'b', now)).toMatchObject({kind: 'taken'})
    expect(log).toEqual(
      ['hold', 'point', 'release'].flatMap(what => ['s1', 's2', 's3'].map(shard => `${shard} ${what}`)),
    )
  })

  it.each(['hold', 'point', 'release'] as const)('is void where one fails to %s, and lets all go', async what => {
    const {all, log} = parties({s2: what})
    expect(await tryBarrier(all, 'b', now)).toEqual({kind: 'missed', shard: 's2', why: `no ${what}`})
    expect(log.slice(-3)).toEqual(['s1 giveUp', 's2 giveUp', 's3 giveUp'])
    expect(log.some(line => line.endsWith('release'))).toBe(what === 'release')
  })

  it('waits for each shard only as long as is left of its time', async () => {
    let ms = 0
    const waited: number[] = []
    const all = ['s1', 's2'].map((shard): BarrierParty => ({
      shard,
      hold: async waitMs => {
        waited.push(waitMs)
        ms += 200
        return Promise.resolve()
      },
      point: async () => Promise.resolve({...position, shard}),
      release: async () => Promise.resolve(),
      giveUp: async () => Promise.resolve(),
    }))
    expect(await tryBarrier(all, 'b', {holdMs: 500, nowMs: () => ms})).toMatchObject({kind: 'taken', heldMs: 400})
    expect(waited).toEqual([500, 300])
  })
})
