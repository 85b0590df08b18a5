// Keeps copies and deletes from hurting: asks the servers before each piece and waits while they are pressed.
// Invariants: it looks at most so often, whatever the number of those who ask; it never waits without looking again.
// Not here: what follows from what was seen (decide-throttle.ts).
import {nowMs, pause} from '../time/pause.ts'
import {ShardError} from '../shard-error.ts'
import {channelName} from './channel-sql.ts'
import {
  decideThrottle,
  withinDisk,
  type Pressure,
  type ThrottleDecision,
  type ThrottleLimits,
} from './decide-throttle.ts'
import {openBeside, type MoveContext, type MoveSide} from './move-context.ts'
import type {MoveSession} from './move-session.ts'

/** Between two looks. */
const lookMs = 250

const pressureText = `SELECT (SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, sent_lsn)))::float8
    FROM pg_stat_replication WHERE application_name NOT LIKE 'hl\\_move\\_%') AS lag,
  (SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 FROM pg_replication_slots WHERE slot_name = $1) AS retained,
  (SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1) AS status,
  EXISTS (SELECT FROM hl_shards.move_pause WHERE move = $2) AS paused`

type Seen = {
  readonly lag: number | null
  readonly retained: number | null
  readonly status: string | null
  readonly paused: boolean
}

interface Watched {
  readonly side: MoveSide
  readonly session: MoveSession
}

export class Throttle {
  readonly #context: MoveContext
  readonly #sessions: readonly Watched[]
  readonly #limits: ThrottleLimits
  #decision: ThrottleDecision = {kind: 'go'}
  #lookedAtMs = -Infinity
  #looking: Promise<void> | null = null

  private constructor(context: MoveContext, sessions: readonly Watched[], limits: ThrottleLimits) {
    this.#context = context
    this.#limits = limits
    this.#sessions = sessions
  }

  /** With sessions of its own to both sides; the caller ends it. */
  static async open(context: MoveContext): Promise<Throttle> {
    const sides = [context.source, context.destination]
    const freeBytes = await context.source.server.freeBytes?.()
    const sessions = await Promise.all(
      sides.map(async side => ({side, session: await openBeside(context, side.server)})),
    )
    return new Throttle(context, sessions, withinDisk(context.limits.throttle, freeBytes ?? null))
  }

  /** Resolves when the next piece may be begun. Rejects with MOVE_STOPPED when there is no sense in going on. */
  async pass(): Promise<void> {
    for (let told = ''; ;) {
      await (this.#looking ??= this.#look().finally(() => (this.#looking = null)))
      const decision = this.#decision
      if (decision.kind === 'go') return
      if (decision.kind === 'end') throw new ShardError('MOVE_STOPPED', decision.why)
      if (told !== decision.why) this.#context.tell({kind: 'throttle', why: decision.why})
      told = decision.why
      this.#context.signal?.throwIfAborted()
      await pause(lookMs, this.#context.signal)
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#sessions.map(({session}) => session.end()))
  }

  async #look(): Promise<void> {
    if (nowMs() - this.#lookedAtMs < lookMs) return
    const {id} = this.#context
    const seen = await Promise.all(
      this.#sessions.map(async ({side, session}) => {
        const beganMs = nowMs()
        const [row] = await session.rows<Seen>(pressureText, [channelName(id, 'out'), id])
        return {side, row, latencyMs: nowMs() - beganMs}
      }),
    )
    this.#lookedAtMs = nowMs()
    const [source] = seen
    const lags = seen.flatMap(({row}) => (row?.lag === null || row?.lag === undefined ? [] : [row.lag]))
    const pressure: Pressure = {
      isPaused: source?.row?.paused === true,
      sourceLatencyMs: source?.latencyMs ?? null,
      standbyLagBytes: lags.length === 0 ? null : Math.max(...lags),
      retainedWalBytes: source?.row?.retained ?? null,
      walStatus: source?.row?.status ?? null,
    }
    this.#decision = decideThrottle(pressure, this.#limits)
  }
}
