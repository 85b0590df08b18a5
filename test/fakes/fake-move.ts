// Two shards and a catalog as a value, for replaying moves with crashes. For tests only. Invariants: each primitive
// change is one tick, at which an application writes and a crash may come; whatever is written is asked of the owner at
// every tick; replication gives what was written locally since the slot was made, in order; a failover takes the last
// ticks from a side, but nothing that its slot has given to the other one. Not here: PostgreSQL, which
// test/integration/shards/move.test.ts shows.
import {CutoverTooSlow, type MovePlace, type MoveWorld} from '../../src/shards/move/run-move.ts'
import {effectSides, type MoveEffect} from '../../src/shards/move/effect-sides.ts'
import {whereItStands} from '../../src/shards/move/move-place.ts'
import type {MoveGoal} from '../../src/shards/move/move-states.ts'
import {ShardError} from '../../src/shards/shard-error.ts'

export class Crash extends Error {}

interface Side {
  readonly name: 'source' | 'destination'
  rows: Map<string, number>
  /** All changes; `local`: not by replication and not by the copy. value null: deleted. */
  log: {readonly key: string; readonly value: number | null; readonly local: boolean}[]
  state: 'o' | 'm' | 'i' | 'r'
  epoch: number
  record: (MovePlace & {runner: number}) | null
  publication: boolean
  /** Position in the log of what its consumer has not had yet. */
  slot: number | null
  /** To the other side. */
  subscribed: boolean
  /** The last marker that it wrote, and the last that came. */
  marked: number
  heard: number
  /** Its standbys have all until this tick. */
  flushedTick: number
}

interface Ack {
  readonly key: string
  readonly value: number | null
  readonly by: Side['name']
  readonly tick: number
}

const newSide = (name: Side['name'], state: 'o' | 'r'): Side => ({
  name,
  rows: new Map(),
  log: [],
  state,
  epoch: 1,
  record: null,
  publication: false,
  slot: null,
  subscribed: false,
  marked: 0,
  heard: 0,
  flushedTick: 0,
})

/** As a standby may have it. */
const copyOf = (side: Side): Side => ({
  ...side,
  rows: new Map(side.rows),
  log: [...side.log],
  record: side.record === null ? null : {...side.record},
})

export class FakeShards {
  readonly source = newSide('source', 'o')
  readonly destination = newSide('destination', 'r')
  readonly catalog = {owner: 'source' as 'source' | 'destination', epoch: 1}
  /** What was acknowledged to the application, and no failover has taken since. */
  acknowledged = new Map<string, number>()
  #acks: readonly Ack[] = []
  /** Of each tick, as it began. */
  readonly #pasts: {source: Side; destination: Side}[] = []
  /** Slots and publications may be gone, without anybody having done it. */
  #hasFailedOver = false
  ticks = 0
  /** So many ticks between two looks of the replication. */
  replicatesEvery = 2
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
      this.#acknowledge(owner, key, value)
    }
  }

  #acknowledge({name}: Side, key: string, value: number | null): void {
    this.#acks = [...this.#acks, {key, value, by: name, tick: this.ticks}]
    if (value === null) this.acknowledged.delete(key)
    else this.acknowledged.set(key, value)
  }

  /** A standby that is up to `lag` ticks behind is the primary from now on; what was acknowledged since is lost. */
  failOver(name: Side['name'], lag: number): void {
    const side = this[name]
    const {slot, flushedTick} = side
    const at = this.#pasts.findIndex(
      (past, index) => index >= Math.max(flushedTick, this.ticks - lag) && past[name].log.length >= (slot ?? 0),
    )
    const past = this.#pasts[at]?.[name]
    if (past === undefined) return
    // The standby's copy of a slot is as old as it is, and goes no further back than its consumer has come.
    Object.assign(side, copyOf(past), {flushedTick, slot: past.slot === null ? null : (slot ?? past.slot)})
    // What was after that is on no timeline of its standbys any more.
    for (const later of this.#pasts.slice(at)) later[name] = copyOf(side)
    this.#hasFailedOver = true
    this.#acks = this.#acks.filter(({by, tick}) => by !== name || tick <= at)
    this.acknowledged = new Map()
    for (const {key, value} of this.#acks)
      if (value === null) this.acknowledged.delete(key)
      else this.acknowledged.set(key, value)
  }

  remove(key: string): void {
    const owner = this.owner
    if (owner === null || !owner.rows.has(key)) return
    change(owner, key, null, true)
    this.#acknowledge(owner, key, null)
  }

  async tick(): Promise<void> {
    const tick = ++this.ticks
    this.#pasts.push({source: copyOf(this.source), destination: copyOf(this.destination)})
    this.check()
    this.write(['a', 'b', 'e', 'f'][tick % 4] ?? 'a')
    if (tick % 3 === 0) this.remove(['c', 'e', 'd'][(tick % 9) % 3] ?? 'c')
    if (tick % this.replicatesEvery === 0) this.replicate()
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
      if (from.slot === null || !from.publication) {
        // Its worker finds nothing there, and tries again.
        if (this.#hasFailedOver) continue
        throw new Error('a subscription without slot or publication')
      }
      for (const {key, value, local} of from.log.slice(from.slot))
        if (key === 'marker') to.heard = value ?? 0
        else if (local) change(to, key, value, false)
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

  async read(goal: MoveGoal): Promise<MovePlace> {
    const {source, destination} = this.#shards
    const sides = [source, destination].map(({name, record, state}) => ({role: name, name, record, states: [state]}))
    const stands = whereItStands(sides, goal)
    if (stands.kind === 'set-back')
      throw new ShardError('MOVE_STOPPED', `${stands.phase}, after ${this.#lastEffect}: ${stands.why}`, {
        detail: {phase: stands.phase, reason: 'SET_BACK'},
      })
    if (stands.kind === 'undo') await this.note(stands.place)
    return stands.place
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

/** With the marker, which comes after all that was written before. */
const fence = (side: Side, place: MovePlace, world: FakeWorld): void => {
  world.flip(side, 'o', 'm', place)
  side.log.push({key: 'marker', value: ++side.marked, local: true})
}

const cutOver = (shards: FakeShards, from: Side, to: Side, world: FakeWorld, place: MovePlace): void => {
  if (shards.slowCutovers > 0) {
    shards.slowCutovers--
    throw new CutoverTooSlow('slow')
  }
  if (!to.subscribed) throw new Error('no marker can come')
  shards.replicate()
  if (to.heard < from.marked || to.state === 'r') throw new CutoverTooSlow('the marker has not come')
  world.flip(to, 'i', 'o', place, from.epoch + 1)
}

const nothing: Perform = () => undefined

const flushed = ({ticks}: FakeShards, ...sides: readonly Side[]): void => {
  for (const side of sides) side.flushedTick = ticks
}

const catchUp = (shards: FakeShards, from: Side, to: Side): void => {
  if (!to.subscribed || from.slot === null || !from.publication) throw new Error('nothing comes over it')
  shards.replicate()
}

const compare = (shards: FakeShards): void => {
  shards.replicate()
  const [one, other] = [shards.source, shards.destination].map(({rows}) => JSON.stringify([...rows].sort()))
  if (one !== other) throw new Error(`${one} is not ${other}`)
}

const effects: Readonly<Record<MoveEffect, Perform>> = {
  'record-destination': ({destination}, _, world) => world.begin(destination),
  'record-source': ({source}, _, world) => world.begin(source),
  'announce': ({destination, source}, _, world) => world.flip(destination, 'r', 'i', undefined, source.epoch),
  // Longer than any standby that may be promoted is behind.
  'wait-lease': shards => flushed(shards, shards.source, shards.destination),
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
  'catch-up': shards => catchUp(shards, shards.source, shards.destination),
  'publish-back': ({destination}) => void (destination.publication = true),
  'make-slot-back': ({destination}) => void (destination.slot ??= destination.log.length),
  'subscribe-back': ({source}) => void (source.subscribed = true),
  'see-slots-on-standbys': nothing,
  'verify': compare,
  'verify-back': compare,
  'fence': ({source}, place, world) => fence(source, place, world),
  'unfence': ({source}, place, world) => world.flip(source, 'm', 'o', place, source.epoch + 2),
  'activate': (shards, place, world) => cutOver(shards, shards.source, shards.destination, world, place),
  'await-standbys': (shards, {phase}) => flushed(shards, shards[phase === 'told-back' ? 'source' : 'destination']),
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
  'fence-back': ({destination}, place, world) => fence(destination, place, world),
  'unfence-back': ({destination}, place, world) => world.flip(destination, 'm', 'o', place, destination.epoch + 2),
  'activate-back': (shards, place, world) => cutOver(shards, shards.destination, shards.source, world, place),
  'release-back': ({source, destination}, _, world) => world.flip(destination, 'm', 'r', undefined, source.epoch),
  'withdraw': ({source, destination}, _, world) => world.flip(destination, 'i', 'r', undefined, source.epoch),
  'forget-source': ({source}) => void (source.record = null),
  'forget-destination': ({destination}) => void (destination.record = null),
}
