// One shard's part in a barrier, on a connection of its own. Invariants: the hold is of a transaction of that
// connection, so it goes when this process does, and the server ends it by itself when its time is over; each answer
// has a bound. Not here: the order of things over shards (take-barrier.ts).
import {ShardError} from '../shard-error.ts'
import type {MoveSession} from '../move/move-session.ts'
import {holdText} from '../transactions/transaction-sql.ts'
import type {BarrierPosition} from './barrier.ts'
import {heldUpText, pointText} from './barrier-sql.ts'
import type {BarrierParty} from './take-barrier.ts'

/**
 * What the server's bound may be late by, before this side cuts the connection. Nobody waits longer for it: the other
 * shards' servers end their holds by themselves.
 */
const slackMs = 2_000
/** Of a hold that is given up; a connection that is cut gives it up too. */
const giveUpMs = 250

interface PointRow {
  readonly lsn: string
  readonly timeline: number
  readonly system: string
  readonly at: string
  readonly groups: Readonly<Record<string, number>>
  readonly moves: readonly string[]
}

/** A shard whose session is open; when its restore point was made, by its own clock. */
export class SessionParty implements BarrierParty {
  readonly shard: string
  /** ISO time of the last restore point. */
  pointedAt = ''
  readonly #session: MoveSession
  #holdMs = 0

  constructor(session: MoveSession) {
    this.shard = session.server
    this.#session = session
  }

  async hold(waitMs: number, holdMs: number): Promise<void> {
    this.#holdMs = holdMs
    try {
      await this.#session.rows(`BEGIN; ${holdText(waitMs, holdMs)}`, [], waitMs + slackMs)
    } catch (error) {
      throw isLockTimeout(error) ? new Error(await this.#whoHoldsUp(waitMs), {cause: error}) : error
    }
  }

  async point(name: string): Promise<BarrierPosition> {
    const [row] = await this.#session.rows<PointRow & Record<string, unknown>>(pointText, [name], this.#boundMs)
    if (row === undefined) throw new ShardError('SHARD_FAILED', 'it made no restore point', {shard: this.shard})
    const {lsn, timeline, system, at, groups, moves} = row
    this.pointedAt = at
    return {shard: this.shard, system, timeline, lsn, point: name, groups, moves}
  }

  async release(): Promise<void> {
    // Of a transaction that failed it would be answered with ROLLBACK; one that was ended has no connection any more.
    if ((await this.#session.tag('COMMIT', this.#boundMs)) !== 'COMMIT') throw new Error('its hold was lost')
  }

  async giveUp(): Promise<void> {
    try {
      await this.#session.rows('ROLLBACK', [], giveUpMs)
    } catch {
      this.#session.destroy(new Error('the barrier was given up'))
    }
  }

  get #boundMs(): number {
    return this.#holdMs + slackMs
  }

  async #whoHoldsUp(waitMs: number): Promise<string> {
    const waited = `transactions were not decided within ${Math.round(waitMs)} ms`
    try {
      await this.#session.rows('ROLLBACK', [], slackMs)
      const [row] = await this.#session.rows<{transactions: number; who: string | null; seconds: number | null}>(
        heldUpText,
        [],
        slackMs,
      )
      if (row?.who == null) return waited
      return `${waited}: ${row.transactions} held it up, of ${row.who}, begun up to ${(row.seconds ?? 0).toFixed(1)} s ago`
    } catch {
      return waited
    }
  }
}

const isLockTimeout = (error: unknown): boolean => error instanceof Error && Reflect.get(error, 'code') === '55P03'
