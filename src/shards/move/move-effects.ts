// What each effect of the table does on real servers. Invariants: an effect on a side needs this process's record
// there, and is skipped where there never was one; each may be done again. Not here: their order (move-states.ts), the
// parts that are long (copy-groups.ts, verify-content.ts, remove-rows.ts, move-cutover.ts, move-channel.ts).
import {pause} from '../time/pause.ts'
import {ShardError} from '../shard-error.ts'
import type {Direction} from './channel-sql.ts'
import {effectSides, noting, unpausable, type MoveEffect} from './effect-sides.ts'
import {awaitPause} from './await-pause.ts'
import {awaitStandbys} from './await-standbys.ts'
import {copyGroups, dropOrigins} from './copy-groups.ts'
import {MoveChannel} from './move-channel.ts'
import type {MoveContext, MoveSide} from './move-context.ts'
import {Cutover, epochsOf, flipGroups, type Handover} from './move-cutover.ts'
import {whereItStands, type SideOfMove} from './move-place.ts'
import type {MoveGoal, MovePhase} from './move-states.ts'
import {removeRows} from './remove-rows.ts'
import {tellCatalog} from './tell-catalog.ts'
import type {MovePlace, MoveWorld} from './run-move.ts'
import {verifySides} from './verify-sides.ts'

type Role = MoveSide['role']

export class MoveEffects implements MoveWorld {
  readonly #context: MoveContext
  /** Sides that have the record, as far as this process knows. */
  readonly #known: Set<Role>
  readonly #channels: Readonly<Record<Direction, MoveChannel>>
  readonly #handovers: Readonly<Record<Direction, Handover>>
  readonly #cutovers = new Map<Direction, Cutover>()
  readonly #effects: Readonly<Record<MoveEffect, (place: MovePlace) => Promise<unknown>>>

  /** `known`: the sides on which this process has claimed the record. */
  constructor(context: MoveContext, known: readonly Role[]) {
    const {source, destination} = context
    this.#context = context
    this.#known = new Set(known)
    this.#handovers = {
      out: {producer: source, consumer: destination},
      back: {producer: destination, consumer: source},
    }
    this.#channels = {
      out: new MoveChannel(context, 'out', this.#handovers.out),
      back: new MoveChannel(context, 'back', this.#handovers.back),
    }
    this.#effects = this.#table()
  }

  async read(goal: MoveGoal): Promise<MovePlace> {
    const sides = await Promise.all((['source', 'destination'] as const).map(async role => this.#ask(role)))
    const stands = whereItStands(sides, goal)
    if (stands.kind === 'set-back')
      throw new ShardError('MOVE_STOPPED', `the move stands in phase ${stands.phase}, and ${stands.why}`, {
        shard: stands.side,
        detail: {phase: stands.phase, reason: 'SET_BACK', canAbort: stands.canAbort},
      })
    if (stands.kind === 'undo') await this.note(stands.place)
    return stands.place
  }

  async #ask(role: Role): Promise<SideOfMove> {
    const {id, groups} = this.#context
    const {session, server} = this.#context[role]
    const [record] = await session.rows<MovePlace & {phase: MovePhase}>(
      'SELECT phase, step FROM hl_shards.move WHERE id = $1',
      [id],
    )
    const states = await session.rows<{state: SideOfMove['states'][number]}>(
      'SELECT state::text AS state FROM hl_shards.slot_group WHERE slot_group = ANY ($1::int2[])',
      [groups],
    )
    return {role, name: server.name, record: record ?? null, states: states.map(({state}) => state)}
  }

  async note({phase, step}: MovePlace): Promise<void> {
    const {id, runner} = this.#context
    for (const role of this.#known)
      await this.#context[role].session.rows('SELECT hl_shards.note_move($1, $2, $3, $4)', [id, runner, phase, step])
  }

  async perform(effect: MoveEffect, place: MovePlace): Promise<void> {
    if (!unpausable.has(effect)) await awaitPause(this.#context)
    const role = effectSides[effect]
    if (role !== null) {
      if (!this.#known.has(role)) return
      // A flip looks at the record itself, and nothing else may come between a fence and what follows.
      const {id, runner} = this.#context
      if (!noting.has(effect))
        await this.#context[role].session.rows('SELECT hl_shards.share_move($1, $2)', [id, runner])
    }
    await this.#effects[effect](place)
  }

  async end(): Promise<void> {
    await Promise.all([...this.#cutovers.values()].map(cutover => cutover.end()))
  }

  #table(): Readonly<Record<MoveEffect, (place: MovePlace) => Promise<unknown>>> {
    const {source, destination} = this.#context
    const {out, back} = this.#channels
    const ownerAfter = (phase: MovePhase): MoveSide => (phase === 'told-back' ? source : destination)
    return {
      'record-destination': () => this.#record('destination'),
      'record-source': () => this.#record('source'),
      'announce': () => this.#follow(destination, 'r', 'i', source),
      'wait-lease': () => this.#waitLease(),
      'publish': () => out.publish(),
      'drop-slot': () => out.dropSlot(),
      'wipe-destination': () => removeRows(this.#context, destination),
      'copy': async () => {
        await copyGroups(this.#context)
        await dropOrigins(destination.session, this.#context.id, this.#context.limits.replyMs)
      },
      'subscribe': () => out.subscribe(),
      'catch-up': () => this.#catchUp('out'),
      'publish-back': () => back.publish(),
      'make-slot-back': () => back.makeSlot(),
      'subscribe-back': () => back.subscribe(),
      'see-slots-on-standbys': () => this.#seeSlots(),
      'verify': () => verifySides(this.#context, 'out', () => this.#catchUp('out')),
      'verify-back': () => verifySides(this.#context, 'back', () => this.#catchUp('back')),
      'fence': place => this.#fence('out', place),
      'unfence': async place => (await this.#cutover('out')).unfence(place),
      'activate': async place => (await this.#cutover('out')).activate(place),
      'await-standbys': ({phase}) => awaitStandbys(this.#context, ownerAfter(phase)),
      'tell-catalog': () => tellCatalog(this.#context),
      'release': () => this.#follow(source, 'm', 'r', destination),
      'unsubscribe': () => out.unsubscribe(),
      'unpublish': () => out.unpublish(),
      'unsubscribe-back': () => back.unsubscribe(),
      'drop-slot-back': () => back.dropSlot(),
      'unpublish-back': () => back.unpublish(),
      'wipe-source': () => removeRows(this.#context, source),
      'announce-back': () => this.#follow(source, 'r', 'i', destination),
      'withdraw-back': () => this.#follow(source, 'i', 'r', destination),
      'fence-back': place => this.#fence('back', place),
      'unfence-back': async place => (await this.#cutover('back')).unfence(place),
      'activate-back': async place => (await this.#cutover('back')).activate(place),
      'release-back': () => this.#follow(destination, 'm', 'r', source),
      'withdraw': () => this.#follow(destination, 'i', 'r', source),
      'forget-source': () => this.#forget('source'),
      'forget-destination': () => this.#forget('destination'),
    }
  }

  async #record(role: Role): Promise<void> {
    const {id, runner, groups, source, destination} = this.#context
    const {session, server} = this.#context[role]
    try {
      await session.rows('SELECT hl_shards.begin_move($1, $2, $3, $4, $5, $6)', [
        id,
        source.server.name,
        destination.server.name,
        groups,
        'begun',
        runner,
      ])
    } catch (error) {
      if (Reflect.get(Object(error), 'code') !== uniqueViolation) throw error
      await this.#forgetUnused()
      throw new ShardError('MOVE_REFUSED', `${server.name} is a part of another move, which has begun just now`, {
        shard: server.name,
        detail: {reason: 'MOVE_UNDER_WAY'},
        cause: error,
      })
    }
    this.#known.add(role)
  }

  /** A record on the destination by which nothing was made yet: whoever is refused leaves it to nobody. */
  async #forgetUnused(): Promise<void> {
    if (!this.#known.has('destination')) return
    const {states} = await this.#ask('destination')
    if (states.every(state => state === 'r')) await this.#forget('destination')
  }

  /** A side that does not own the groups says whose they are, and of which epoch. */
  async #follow(side: MoveSide, from: 'm' | 'i' | 'r', to: 'i' | 'r', owner: MoveSide): Promise<void> {
    const epochs = await epochsOf(this.#context, owner)
    await flipGroups(this.#context, side, {from, to, owner: owner.server.name, epochs})
  }

  async #waitLease(): Promise<void> {
    const {limits, signal} = this.#context
    await pause(limits.leaseMs, signal)
    signal?.throwIfAborted()
  }

  async #cutover(direction: Direction): Promise<Cutover> {
    const known = this.#cutovers.get(direction)
    if (known !== undefined) return known
    const made = await Cutover.open(this.#context, this.#handovers[direction])
    this.#cutovers.set(direction, made)
    return made
  }

  async #catchUp(direction: Direction, roundsMost = 1): Promise<void> {
    const {markers} = await this.#cutover(direction)
    await this.#channels[direction].catchUp(markers, roundsMost)
  }

  async #fence(direction: Direction, place: MovePlace): Promise<void> {
    // Rehearsed: what the switch waits for is quick, again and again, before writes wait for it.
    await this.#catchUp(direction, rehearsalsMost)
    await (await this.#cutover(direction)).fence(place)
  }

  async #seeSlots(): Promise<void> {
    for (const channel of [this.#channels.out, this.#channels.back])
      this.#context.tell({kind: 'slots-on-standbys', ...(await channel.survivesFailover())})
  }

  async #forget(role: Role): Promise<void> {
    const {id, runner} = this.#context
    await this.#context[role].session.rows('SELECT hl_shards.forget_move($1, $2)', [id, runner])
    this.#known.delete(role)
  }
}

const uniqueViolation = '23505'
/** On a host that is never calm the switch is tried all the same: it is taken back where it is slow. */
const rehearsalsMost = 100
