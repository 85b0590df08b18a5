// Two-phase commit and recovery against shards that are a model: stopped at every place, by everything that can go
// wrong at once, in every order of answers. Oracle: all or nothing, nothing left prepared, and nobody was told a lie.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseGid} from './gid.ts'
import type {Answer} from './judge-answer.ts'
import {resolve} from './recovery.ts'
import type {ShardRecords} from './shard-records.ts'
import {armedWith, commitInTwoPhases, type Party, type TwoPhaseEnd} from './two-phase.ts'

const id = (participants: number): string => `hl:m:s0:0b7f7a55-5d9e-4f6e-9a6a-0f0c8a3b1c2d:1.${participants}`
const never = new Promise<never>(() => undefined)

/** At the at-th event of the process; the shard is taken by its number. */
interface Fault {
  readonly at: number
  readonly kind: 'dies' | 'restarts' | 'goes-down' | 'recovery-runs' | 'refuses'
  readonly shard: number
  /** Of a process that dies: what it had sent still arrives. */
  readonly late: boolean
}

class ModelShard implements ShardRecords {
  readonly shard: string
  /** Locks of transactions that run, by the gid or id that they armed with; null: not armed. */
  running: {lock: string | null} | null = {lock: null}
  readonly preparedGids = new Set<string>()
  readonly rows = new Set<string>()
  applied = 0
  life = 0
  isDown = false
  /** What over() says instead, for the control. */
  lies = false

  constructor(shard: string) {
    this.shard = shard
  }

  restart(): void {
    this.running = null
    this.life++
  }

  up(): void {
    if (this.isDown) throw new Error(`${this.shard} is down`)
  }

  async prepared(): Promise<{gid: string; prepared: Date; owner: string}[]> {
    this.up()
    return [...this.preparedGids].map(gid => ({gid, prepared: new Date(0), owner: 'app'}))
  }

  async over(gids: readonly string[]): Promise<ReadonlySet<string>> {
    this.up()
    return new Set(gids.filter(gid => this.lies || (this.running?.lock !== gid && !this.preparedGids.has(gid))))
  }

  async committed(ids: readonly string[]): Promise<ReadonlySet<string>> {
    this.up()
    return new Set(ids.filter(one => this.rows.has(one)))
  }

  async decisions(): Promise<{id: string; participants: string[]}[]> {
    this.up()
    return []
  }

  async compact(): Promise<void> {
    this.up()
  }

  async finish(gid: string, how: 'COMMIT' | 'ROLLBACK'): Promise<'done' | 'gone'> {
    this.up()
    if (!this.preparedGids.delete(gid)) return 'gone'
    if (how === 'COMMIT') this.commit(parseGid(gid)?.id ?? '')
    return 'done'
  }

  commit(one: string): void {
    this.rows.add(one)
    this.applied++
  }
}

class World {
  readonly shards: readonly ModelShard[]
  readonly #faults: readonly Fault[]
  readonly #yields: readonly number[]
  readonly #inFlight = new Set<() => void>()
  #late: (() => void)[] = []
  #event = 0
  #operation = 0
  isDead = false
  #whenDead: () => void = () => undefined
  readonly dead = new Promise<void>(end => (this.#whenDead = end))
  #refuses: ModelShard | null = null

  constructor(count: number, faults: readonly Fault[], yields: readonly number[] = []) {
    this.shards = Array.from({length: count}, (_, index) => new ModelShard(`s${index}`))
    this.#faults = faults
    this.#yields = yields
  }

  get events(): number {
    return this.#event
  }

  parties(): Party[] {
    return this.shards.map(shard => this.#party(shard))
  }

  /** What the server had not read when the process died. */
  arriveLate(): void {
    for (const effect of this.#late) effect()
    this.#late = []
  }

  recover(): Promise<unknown> {
    return resolve(this.shards, 'm').catch(() => null)
  }

  #party(shard: ModelShard): Party {
    const life = shard.life
    const ask = (effect: () => Answer): Promise<Answer> => this.#ask(shard, life, effect)
    const done = (effect: () => void): Answer => {
      effect()
      return {said: 'yes', error: null}
    }
    const refused = (): Answer => ({said: 'no', error: new Error(`${shard.shard} refuses`)})
    /** A statement in the transaction. */
    const inside = (effect: () => void): Promise<Answer> =>
      ask(() => {
        if (shard.running === null) return refused()
        if (this.#refuses !== shard) return done(effect)
        this.#refuses = null
        shard.running = null
        return refused()
      })
    return {
      shard: shard.shard,
      arm: async (_id, part) => ({...armedWith(10), ...(await inside(() => (shard.running = {lock: part})))}),
      prepare: gid =>
        inside(() => {
          shard.running = null
          shard.preparedGids.add(gid)
        }),
      commit: () =>
        inside(() => {
          shard.running = null
          shard.commit(id(this.shards.length - 1))
        }),
      rollBack: async () => {
        await ask(() => done(() => (shard.running = null)))
      },
      finish: (gid, how) => ask(() => done(() => void shard.finish(gid, how))),
    }
  }

  /** One question: it arrives, it is answered, and between those anything may happen. */
  async #ask(shard: ModelShard, life: number, effect: () => Answer): Promise<Answer> {
    if (this.isDead) return never
    const answers: Answer[] = []
    const isLost = (): boolean => shard.life !== life || shard.isDown
    const arrives = (): void => {
      if (!isLost()) answers.push(effect())
    }
    this.#inFlight.add(arrives)
    await this.#happens()
    this.#inFlight.delete(arrives)
    if (isLost()) return {said: 'no', error: new Error('not sent')}
    arrives()
    await this.#happens()
    if (isLost()) return {said: 'unknown', error: new Error('no answer')}
    return answers[0] ?? {said: 'unknown', error: null}
  }

  async #happens(): Promise<void> {
    const yields = this.#yields[this.#operation++ % Math.max(1, this.#yields.length)] ?? 0
    for (let turn = 0; turn < yields; turn++) await Promise.resolve()
    if (this.isDead) return never
    const now = this.#event++
    for (const {kind, shard: index, late} of this.#faults.filter(({at}) => at === now)) {
      const shard = this.shards[index % this.shards.length]
      if (shard === undefined) continue
      if (kind === 'dies') {
        this.isDead = true
        this.#late = late ? [...this.#inFlight] : []
        this.#whenDead()
        return never
      }
      if (kind === 'restarts') shard.restart()
      if (kind === 'refuses') this.#refuses = shard
      if (kind === 'goes-down') {
        shard.restart()
        shard.isDown = true
      }
      if (kind === 'recovery-runs') await this.recover()
    }
  }
}

interface Ran {
  readonly world: World
  readonly told: TwoPhaseEnd | null
}

/** The whole life: the process as far as it comes, recovery at bad moments, recovery at the end. */
async function run(count: number, faults: readonly Fault[], yields?: readonly number[], lies = false): Promise<Ran> {
  const world = new World(count, faults, yields)
  for (const shard of world.shards) shard.lies = lies
  const [coordinator, ...participants] = world.parties()
  if (coordinator === undefined) throw new Error('no shards')
  const [first] = world.shards
  const transaction = id(count - 1)
  const ended = commitInTwoPhases({coordinator, participants, readers: []}, transaction, {
    atStep: () => undefined,
    settle: async () => {
      if (first === undefined || first.isDown) return 'unknown'
      if (!(await first.over([transaction])).has(transaction)) return 'unknown'
      return (await first.committed([transaction])).has(transaction) ? 'committed' : 'rolled-back'
    },
    finishLater: () => undefined,
    settleLater: () => undefined,
  })
  const told = await Promise.race([ended, world.dead.then(() => null)])
  await world.recover()
  world.arriveLate()
  await world.recover()
  for (const shard of world.shards) shard.running = null
  await world.recover()
  for (const shard of world.shards) shard.isDown = false
  await world.recover()
  return {world, told}
}

/** What is wrong with the end; null: nothing. */
function wrong({world: {shards}, told}: Ran): string | null {
  const applied = shards.filter(shard => shard.applied > 0).length
  if (shards.some(shard => shard.applied > 1)) return 'applied twice'
  if (applied !== 0 && applied !== shards.length) return `applied on ${applied} of ${shards.length}`
  if (shards.some(({preparedGids}) => preparedGids.size > 0)) return 'something is left prepared'
  if (told?.outcome === 'committed' && applied === 0) return 'told as committed, and is not'
  if (told?.outcome === 'not-applied' && applied > 0) return 'told as not applied, and is'
  return null
}

const counts = [2, 3, 4]
const kinds: readonly Fault['kind'][] = ['dies', 'restarts', 'goes-down', 'recovery-runs', 'refuses']

async function eventsOf(count: number): Promise<number> {
  return (await run(count, [])).world.events
}

describe('two-phase commit', () => {
  it.each(counts)('over %i shards commits on all', async count => {
    const ran = await run(count, [])
    expect(ran.told).toMatchObject({outcome: 'committed', unfinished: []})
    expect(wrong(ran)).toBeNull()
    expect(ran.world.shards.map(({applied}) => applied)).toEqual(Array(count).fill(1))
  })

  it.each(counts.flatMap(count => kinds.map(kind => [count, kind] as const)))(
    'over %i shards is all or nothing when something %s, at every event, for every shard',
    async (count, kind) => {
      const events = await eventsOf(count)
      expect(events).toBeGreaterThan(8)
      const seen = new Set<string>()
      for (let at = 0; at <= events; at++)
        for (let shard = 0; shard < count; shard++)
          for (const late of [false, true]) {
            const ran = await run(count, [{at, kind, shard, late}])
            expect([at, shard, late, wrong(ran)]).toEqual([at, shard, late, null])
            seen.add(`${ran.told?.outcome ?? 'died'} ${ran.world.shards[0]?.applied ?? 0}`)
          }
      // Each kind of fault makes a difference somewhere.
      if (kind !== 'recovery-runs') expect(seen.size).toBeGreaterThan(1)
    },
  )

  it('is all or nothing whatever happens together, in any order', async () => {
    const fault = fc.record({
      at: fc.nat({max: 45}),
      kind: fc.constantFrom(...kinds),
      shard: fc.nat({max: 3}),
      late: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({min: 2, max: 4}),
        fc.array(fault, {maxLength: 5}),
        fc.array(fc.nat({max: 6}), {minLength: 1, maxLength: 12}),
        async (count, faults, yields) => {
          expect(wrong(await run(count, faults, yields))).toBeNull()
        },
      ),
      {numRuns: 2_000},
    )
  })

  it('is not, where recovery takes a running transaction for one that is over', async () => {
    const events = await eventsOf(3)
    const found: (string | null)[] = []
    for (let at = 0; at <= events; at++)
      found.push(wrong(await run(3, [{at, kind: 'recovery-runs', shard: 0, late: false}], undefined, true)))
    expect(found.some(what => what !== null)).toBe(true)
  })
})
