// One direction of a move's replication on real servers: made, watched, taken away. Invariants: making what is there
// and taking away what is not are no errors; what is made is made in a transaction of the process that runs the move; a
// consumer that has stopped or a slot that is lost is told at once, not waited for. Not here: the texts
// (channel-sql.ts).
import {nowMs, pause} from '../time/pause.ts'
import {ShardError} from '../shard-error.ts'
import {
  channelName,
  failoverVersion,
  publishText,
  slotText,
  subscribeText,
  unsubscribeText,
  type Direction,
} from './channel-sql.ts'
import {decideSurvival, isCalm, lateWords, type Survival} from './decide-readiness.ts'
import {applicationOf, type MoveContext, type MoveSide} from './move-context.ts'
import type {Handover} from './move-cutover.ts'
import {markMove, type MoveMarkers} from './move-markers.ts'
import {MoveSession} from './move-session.ts'
import {identifier, literal} from './moving-tables.ts'

/** To a standby. */
type StandbyConnection = Parameters<typeof MoveSession.openAt>[1]

export class MoveChannel {
  readonly #context: MoveContext
  readonly #direction: Direction
  readonly #sides: Handover
  readonly #name: string

  constructor(context: MoveContext, direction: Direction, sides: Handover) {
    this.#context = context
    this.#direction = direction
    this.#sides = sides
    this.#name = channelName(context.id, direction)
  }

  async publish(): Promise<void> {
    const {id, tables, groups} = this.#context
    const {producer} = this.#sides
    if (await isThere(producer, 'SELECT FROM pg_publication WHERE pubname = $1', this.#name)) return
    await this.#change(producer, publishText({id, direction: this.#direction, tables, groups}))
  }

  async unpublish(): Promise<void> {
    await this.#change(this.#sides.producer, `DROP PUBLICATION IF EXISTS ${identifier(this.#name)}`)
  }

  /** Without a snapshot: nothing is copied over it. It waits for all transactions that are under way. */
  async makeSlot(): Promise<void> {
    const {producer} = this.#sides
    if (await isThere(producer, slotThere, this.#name)) return
    // No transaction that has locked a row can make a slot.
    await producer.session.rows(
      slotText(this.#context.id, this.#direction, producer.version),
      [],
      this.#context.limits.longMs,
    )
  }

  async dropSlot(): Promise<void> {
    const {limits, signal} = this.#context
    const {session, server} = this.#sides.producer
    const untilMs = nowMs() + limits.replyMs
    for (;;) {
      const [slot] = await session.rows<{pid: number | null}>(
        'SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = $1',
        [this.#name],
      )
      if (slot === undefined) break
      if (slot.pid === null) {
        await session.rows('SELECT pg_drop_replication_slot($1)', [this.#name]).catch((error: unknown) => {
          // Its consumer has come back meanwhile.
          if (Reflect.get(Object(error), 'code') !== inUse) throw error
        })
      } else await session.rows('SELECT pg_terminate_backend($1)', [slot.pid])
      if (nowMs() > untilMs)
        throw new ShardError(
          'MOVE_STOPPED',
          `${server.name}: the slot ${this.#name} is in use still, by ${slot.pid ?? 'nobody'}`,
        )
      signal?.throwIfAborted()
      await pause(pollMs, signal)
    }
    if (this.#sides.producer.version >= failoverVersion) await this.#dropOnStandbys()
  }

  async subscribe(): Promise<void> {
    const {producer, consumer} = this.#sides
    if (await isThere(consumer, subscriptionThere, this.#name)) return
    const text = subscribeText(this.#context.id, this.#direction, producer.server.conninfo, consumer.version)
    await this.#change(consumer, text)
  }

  /** Ends when its worker has ended. */
  async unsubscribe(): Promise<void> {
    const {consumer} = this.#sides
    if (!(await isThere(consumer, subscriptionThere, this.#name))) return
    await this.#change(consumer, unsubscribeText(this.#context.id, this.#direction))
  }

  /**
   * The consumer has heard of all that the producer had committed when this was called, and is quick to hear of more:
   * once, or with `roundsMost` above 1 as isCalm() has it. MOVE_STOPPED when it goes on failing, when the slot is lost,
   * and after `catchUpMs`.
   */
  async catchUp(markers: MoveMarkers, roundsMost = 1): Promise<void> {
    const {limits, signal, tell} = this.#context
    const {producer, consumer} = this.#sides
    const untilMs = nowMs() + limits.catchUpMs
    const {errors} = await this.#requireRunning(Infinity)
    let toldMs = nowMs()
    for (const roundsMs: number[] = []; ;) {
      const beganMs = nowMs()
      const marker = await markMove(this.#context, producer)
      while (!(await markers.reached(marker, lookMs))) {
        signal?.throwIfAborted()
        const {isRead} = await this.#requireRunning(errors)
        if (nowMs() - toldMs > tellMs) {
          toldMs = nowMs()
          tell({
            kind: 'throttle',
            why: lateWords({from: producer.server.name, to: consumer.server.name, isRead, sinceMs: toldMs - beganMs}),
          })
        }
        if (nowMs() > untilMs)
          throw new ShardError(
            'MOVE_STOPPED',
            `${consumer.server.name} had not caught up with ${producer.server.name} after ${limits.catchUpMs} ms`,
          )
      }
      // Quick enough for a cutover; otherwise what came meanwhile is waited for, too.
      roundsMs.push(nowMs() - beganMs)
      if (isCalm(roundsMs, {cutoverMs: limits.cutoverMs, roundsMost})) return
    }
  }

  /** Would the slot be there after a failover of the producer? null: nobody can say. */
  async survivesFailover(): Promise<Survival> {
    const {producer} = this.#sides
    const {name, standbys} = producer.server
    const connections = standbys === undefined ? null : await standbys()
    const lacking: string[] = []
    if (producer.version >= failoverVersion)
      for (const [index, connection] of (connections ?? []).entries())
        if (!(await this.#isSynced(connection))) lacking.push(`${connection.host ?? index + 1}`)
    return decideSurvival({
      server: name,
      slot: this.#name,
      keepsSlots: producer.version >= failoverVersion,
      standbys: connections?.length ?? null,
      lacking,
    })
  }

  /** Within the time that a standby takes to sync, which is half a minute where nothing is written. */
  async #isSynced(connection: StandbyConnection): Promise<boolean> {
    const {signal} = this.#context
    const untilMs = nowMs() + syncMs
    try {
      return await this.#onStandby(connection, async session => {
        while (nowMs() < untilMs) {
          await session.rows(dropStaleText, [this.#name])
          const [slot] = await session.rows<{synced: boolean}>(
            'SELECT synced AND NOT temporary AS synced FROM pg_replication_slots WHERE slot_name = $1',
            [this.#name],
          )
          if (slot?.synced === true) return true
          await pause(lookMs, signal)
          signal?.throwIfAborted()
        }
        return false
      })
    } catch {
      // A member that is away, or that was cut off meanwhile, has no slot that would do.
      signal?.throwIfAborted()
      return false
    }
  }

  /**
   * A member that was the primary when the slot was made has it of its own: nobody reads it there, nobody drops it, and
   * it keeps the copy of the new primary's away. What a member that is away has is dropped by who finds it.
   */
  async #dropOnStandbys(): Promise<void> {
    const {producer} = this.#sides
    const connections = (await producer.server.standbys?.()) ?? []
    for (const connection of connections)
      await this.#onStandby(connection, async session => session.rows(dropStaleText, [this.#name])).catch(() =>
        this.#context.tell({
          kind: 'warning',
          message:
            `${connection.host ?? 'a standby'} of ${producer.server.name} could not be asked for a slot ` +
            `${this.#name} of its own: look there once it is back`,
        }),
      )
  }

  async #onStandby<T>(connection: StandbyConnection, work: (session: MoveSession) => Promise<T>): Promise<T> {
    const {id, limits, signal} = this.#context
    const {replyMs} = limits
    const session = await MoveSession.openAt(this.#name, connection, {application: applicationOf(id), replyMs, signal})
    try {
      return await work(session)
    } finally {
      await session.end()
    }
  }

  /** Gives how often it has failed since it was made, and whether the consumer is connected. */
  async #requireRunning(errorsBefore: number): Promise<{readonly errors: number; readonly isRead: boolean}> {
    const {producer, consumer} = this.#sides
    const [slot] = await producer.session.rows<{status: string | null; active: boolean}>(
      'SELECT wal_status AS status, active FROM pg_replication_slots WHERE slot_name = $1',
      [this.#name],
    )
    if (slot === undefined || slot.status === 'lost')
      throw new ShardError(
        'MOVE_STOPPED',
        `the replication slot ${this.#name} on ${producer.server.name} is ` +
          `${slot === undefined ? 'gone' : 'lost'}: nothing can be caught up with; the copy must be made again`,
      )
    const [subscription] = await consumer.session.rows<{enabled: boolean; errors: string | null}>(subscriptionState, [
      this.#name,
    ])
    if (subscription?.enabled !== true)
      throw new ShardError(
        'MOVE_STOPPED',
        `the subscription ${this.#name} on ${consumer.server.name} is ` +
          `${subscription === undefined ? 'gone' : 'disabled'}: nothing comes over it`,
      )
    const errors = Number(subscription.errors ?? 0)
    if (errors - errorsBefore >= errorsMost)
      throw new ShardError(
        'MOVE_STOPPED',
        `the subscription ${this.#name} on ${consumer.server.name} fails again and again, ` +
          `${errors - errorsBefore} times by now: the log of that server says why`,
      )
    return {errors, isRead: slot.active}
  }

  /** In one transaction with the look at the record. */
  async #change({session}: MoveSide, text: string): Promise<void> {
    const {id, runner, limits} = this.#context
    await session.script(
      `SET LOCAL lock_timeout = ${limits.replyMs}; SELECT hl_shards.hold_move(${literal(id)}, ` +
        `${literal(runner)}); ${text}`,
      2 * limits.replyMs,
    )
  }
}

const isThere = async ({session}: MoveSide, text: string, name: string): Promise<boolean> =>
  (await session.rows(text, [name])).length > 0

/** A standby's own, and nobody's by now. A copy of the primary's goes with the primary's. */
const dropStaleText =
  'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT synced AND ' +
  'NOT active'
const slotThere = 'SELECT FROM pg_replication_slots WHERE slot_name = $1'
const subscriptionThere =
  'SELECT FROM pg_subscription JOIN pg_database AS d ON d.oid = subdbid WHERE subname = $1 AND d.datname = ' +
  'current_database()'
const subscriptionState = `SELECT subenabled AS enabled, apply_error_count::text AS errors
FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid LEFT JOIN pg_stat_subscription_stats USING (subname)
WHERE s.subname = $1 AND d.datname = current_database()`
/** Of a failover, some; of a change that cannot be applied, any number. */
const errorsMost = 20
const inUse = '55006'
const pollMs = 50
const lookMs = 1_000
const syncMs = 90_000
/** Between two words on what is waited for. */
const tellMs = 10_000
