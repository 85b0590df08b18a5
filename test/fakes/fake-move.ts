// Two shards and a catalog as a value, for replaying moves with crashes. For tests only. Invariants: each primitive
// change is one tick, at which an application writes and a crash may come; whatever is written is asked of the owner at
// every tick; replication gives what was written locally since the slot was made, in order. Not here: PostgreSQL, which
// test/integration/shards/move.test.ts shows.
import {CutoverTooSlow, type MovePlace, type MoveWorld} from '../../src/shards/move/run-move.ts'
import {effectSides, statesFit, type MoveEffect} from '../../src/shards/move/move-states.ts'

export class Crash extends Error {}

interface Side {
  readonly rows: Map<string, number>
  /** All changes; `local`: not by replication and not by the copy. value null: deleted. */
  readonly log: {readonly key: string; readonly value: number | null; readonly local: boolean}[]
  state: 'o' | 'm' | 'i' | 'r'
  epoch: number
  record: (MovePlace & {runner: number}) | null
  publication: boolean
  /** Position in the log of what its consumer has not had yet. */
  slot: number | null
  /** To the other side. */
  subscribed: boolean
}

const newSide = (state: 'o' | 'r'): Side => ({
  rows: new Map(),
  log: [],
  state,
  epoch: 1,
  record: null,
  publication: false,
  slot: null,
  subscribed: false,
})

export class FakeShards {
  readonly source = newSide('o')
  readonly destination = newSide('r')
  readonly catalog = {owner: 'source' as 'source' | 'destination', epoch: 1}
  /** What was acknowledged to the application. */
  readonly acknowledged = new Map<string, number>()
  ticks = 0
  refusedWrites = 0
  /** Called at each tick with its number. */
  onTick: (tick: number) => Promise<void> = () => Promise.resolve()
  /** So many cutovers are slow. */
  slowCutovers = 0
  #written = 0

  constructor() {
    for (const key of ['a', 'b', 'c', 'd']) this.write(key)
  }

  get owner(): Side | null {
    const owners = [this.source, this.destination].filter(({state}) => state === 'o')
    if (owners.length > 1) throw new Error('two owners')
    return owners[0] ?? null
  }

  /** The application: whoever owns the group takes it, or nobody. */
  write(key: string): void {
    const owner = this.owner
    if (owner === null) this.refusedWrites++
    else {
      const value = ++this.#written
      change(owner, key, value, true)
      this.acknowledged.set(key, value)
    }
  }

  remove(key: string): void {
    const owner = this.owner
    if (owner === null || !owner.rows.has(key)) return
    change(owner, key, null, true)
    this.acknowledged.delete(key)
  }

  async tick(): Promise<void> {
    const tick = ++this.ticks
    this.check()
    this.write(['a', 'b', 'e', 'f'][tick % 4] ?? 'a')
    if (tick % 3 === 0) this.remove(['c', 'e', 'd'][(tick % 9) % 3] ?? 'c')
    if (tick % 2 === 0) this.replicate()
    await this.onTick(tick)
  }

  /** The owner has what was acknowledged, and nothing else. */
  check(): void {
    const owner = this.owner
    if (owner === null) return
    const found = JSON.stringify([...owner.rows].sort())
    const expected = JSON.stringify([...this.acknowledged].sort())
    if (found !== expected) throw new Error(`the owner has ${found}, acknowledged is ${expected}`)
  }

  /** Both directions, as far as they are open. */
  replicate(): void {
    for (const [from, to] of [[this.source, this.destination] as const, [this.destination, this.source] as const]) {
      if (!to.subscribed) continue
      if (from.slot === null || !from.publication) throw new Error('a subscription without slot or publication')
      for (const {key, value, local} of from.log.slice(from.slot)) if (local) change(to, key, value, false)
      from.slot = from.log.length
    }
  }

  /** What must not be there when the move is gone. */
  left(): readonly string[] {
    const other = this.owner === this.source ? this.destination : this.source
    return [
      ...[this.source, this.destination].flatMap((side, index) => [
        ...(side.record === null ? [] : [`record ${index}`]),
        ...(side.publication ? [`publication ${index}`] : []),
        ...(side.slot === null ? [] : [`slot ${index}`]),
        ...(side.subscribed ? [`subscription ${index}`] : []),
      ]),
      ...(other.state === 'r' ? [] : [`state ${other.state}`]),
      ...(this.owner === null ? ['no owner'] : []),
      ...(other.rows.size === 0 ? [] : ['rows on the other side']),
      ...(this.catalog.owner === (this.owner === this.source ? 'source' : 'destination') ? [] : ['catalog']),
    ]
  }
}

function change(side: Side, key: string, value: number | null, local: boolean): void {
  if (value === null) side.rows.delete(key)
  else side.rows.set(key, value)
  side.log.push({key, value, local})
}

let runners = 0

/** As a process sees it; another one takes over with claim(). */
export class FakeWorld implements MoveWorld {
  readonly #shards: FakeShards
  readonly #runner = ++runners
  /** Sides on which there is a record, as far as this process knows. */
  readonly #known = new Set<Side>()
  #lastEffect = ''

  constructor(shards: FakeShards) {
    this.#shards = shards
  }

  /** Both records are this one's from now on. */
  async claim(): Promise<void> {
    for (const side of [this.#shards.source, this.#shards.destination]) {
      if (side.record !== null) {
        side.record.runner = this.#runner
        this.#known.add(side)
      }
      await this.#shards.tick()
    }
  }

  read(): Promise<MovePlace> {
    const {source, destination} = this.#shards
    const places = [source.record, destination.record].filter(record => record !== null)
    const [place] = places.sort((one, other) => other.step - one.step)
    const {phase, step} = place ?? {phase: 'begun' as const, step: 0}
    if (!statesFit(phase, 'source', [source.state]) || !statesFit(phase, 'destination', [destination.state]))
      throw new Error(`phase ${phase} with ${source.state} and ${destination.state}, after ${this.#lastEffect}`)
    return Promise.resolve({phase, step})
  }

  async note(place: MovePlace): Promise<void> {
    for (const side of this.#known) {
      this.#noteOn(side, place)
      await this.#shards.tick()
    }
  }

  async perform(effect: MoveEffect, place: MovePlace): Promise<void> {
    this.#lastEffect = effect
    const name = effectSides[effect]
    if (name !== null) {
      const side = this.#shards[name]
      if (!this.#known.has(side)) return
      this.hold(side)
    }
    await effects[effect](this.#shards, place, this)
    await this.#shards.tick()
  }

  hold(side: Side): void {
    if (side.record?.runner !== this.#runner) throw new Error('taken over')
  }

  #noteOn(side: Side, {phase, step}: MovePlace): void {
    this.hold(side)
    if (side.record !== null && side.record.step <= step) side.record = {phase, step, runner: this.#runner}
  }

  begin(side: Side): void {
    side.record ??= {phase: 'begun', step: 0, runner: this.#runner}
    this.hold(side)
    this.#known.add(side)
  }

  flip(side: Side, from: Side['state'], to: Side['state'], place?: MovePlace, epoch = side.epoch + 1): void {
    this.hold(side)
    if (side.state !== to) {
      if (side.state !== from) throw new Error(`${side.state}, not ${from}`)
      side.state = to
      side.epoch = epoch
    }
    if (place !== undefined) this.#noteOn(side, place)
  }
}

type Perform = (shards: FakeShards, place: MovePlace, world: FakeWorld) => void | Promise<void>

const wipe = async (shards: FakeShards, side: Side, world: FakeWorld): Promise<void> => {
  for (const key of [...side.rows.keys()]) {
    world.hold(side)
    change(side, key, null, true)
    await shards.tick()
  }
}

const cutOver = (shards: FakeShards, from: Side, to: Side, world: FakeWorld, place: MovePlace): void => {
  if (shards.slowCutovers > 0) {
    shards.slowCutovers--
    throw new CutoverTooSlow('slow')
  }
  if (!to.subscribed) throw new Error('no marker can come')
  shards.replicate()
  world.flip(to, 'i', 'o', place, from.epoch + 1)
}

const nothing: Perform = () => undefined

const effects: Readonly<Record<MoveEffect, Perform>> = {
  'record-destination': ({destination}, _, world) => world.begin(destination),
  'record-source': ({source}, _, world) => world.begin(source),
  'announce': ({destination, source}, _, world) => world.flip(destination, 'r', 'i', undefined, source.epoch),
  'wait-lease': nothing,
  'publish': ({source}) => void (source.publication = true),
  'drop-slot': ({source}) => void (source.slot = null),
  'wipe-destination': (shards, _, world) => wipe(shards, shards.destination, world),
  'copy': async (shards, _, world) => {
    const {source, destination} = shards
    if (source.slot !== null || destination.rows.size > 0) throw new Error('not clean')
    source.slot = source.log.length
    const snapshot = [...source.rows]
    for (const [key, value] of snapshot) {
      await shards.tick()
      world.hold(destination)
      change(destination, key, value, false)
    }
  },
  'subscribe': ({destination}) => void (destination.subscribed = true),
  'catch-up': shards => shards.replicate(),
  'publish-back': ({destination}) => void (destination.publication = true),
  'make-slot-back': ({destination}) => void (destination.slot ??= destination.log.length),
  'subscribe-back': ({source}) => void (source.subscribed = true),
  'see-slots-on-standbys': nothing,
  'verify': shards => {
    shards.replicate()
    const [one, other] = [shards.source, shards.destination].map(({rows}) => JSON.stringify([...rows].sort()))
    if (one !== other) throw new Error(`${one} is not ${other}`)
  },
  'fence': ({source}, place, world) => world.flip(source, 'o', 'm', place),
  'unfence': ({source}, place, world) => world.flip(source, 'm', 'o', place),
  'activate': (shards, place, world) => cutOver(shards, shards.source, shards.destination, world, place),
  'tell-catalog': ({catalog, source, destination}) => {
    const owner = destination.state === 'o' ? 'destination' : 'source'
    const {epoch} = owner === 'source' ? source : destination
    if (epoch < catalog.epoch) throw new Error('an epoch falls')
    Object.assign(catalog, {owner, epoch})
  },
  'release': ({source, destination}, _, world) => world.flip(source, 'm', 'r', undefined, destination.epoch),
  'unsubscribe': ({destination}) => void (destination.subscribed = false),
  'unpublish': ({source}) => void (source.publication = false),
  'unsubscribe-back': ({source}) => void (source.subscribed = false),
  'drop-slot-back': ({destination}) => void (destination.slot = null),
  'unpublish-back': ({destination}) => void (destination.publication = false),
  'wipe-source': (shards, _, world) => wipe(shards, shards.source, world),
  'announce-back': ({source}, _, world) => world.flip(source, 'r', 'i', undefined, source.epoch),
  'withdraw-back': ({source}, _, world) => world.flip(source, 'i', 'r', undefined, source.epoch),
  'fence-back': ({destination}, place, world) => world.flip(destination, 'o', 'm', place),
  'unfence-back': ({destination}, place, world) => world.flip(destination, 'm', 'o', place),
  'activate-back': (shards, place, world) => cutOver(shards, shards.destination, shards.source, world, place),
  'release-back': ({source, destination}, _, world) => world.flip(destination, 'm', 'r', undefined, source.epoch),
  'withdraw': ({source, destination}, _, world) => world.flip(destination, 'i', 'r', undefined, source.epoch),
  'forget-source': ({source}) => void (source.record = null),
  'forget-destination': ({destination}) => void (destination.record = null),
}
