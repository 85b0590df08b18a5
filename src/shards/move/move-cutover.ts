// The cutover of one direction: fence on the producer, marker, activation on the consumer; and the way back out of the
// fence. Invariants: the consumer takes writes only after the marker of the fence has come to it; what is not done in
// time is taken back by the producer alone, without asking anybody; an activation of which nobody knows whether it came
// to pass is neither repeated nor taken back here. Not here: the order of phases (move-states.ts).
import {messageOf} from '../shard-error.ts'
import {nowMs, pause} from '../time/pause.ts'
import {advanceSequences} from './advance-sequences.ts'
import type {MoveContext, MoveSide} from './move-context.ts'
import {MoveMarkers} from './move-markers.ts'
import {CutoverTooSlow, type MovePlace} from './run-move.ts'

/** What changes hands. */
export interface Flip {
  readonly from: 'o' | 'm' | 'i' | 'r'
  readonly to: 'o' | 'm' | 'i' | 'r'
  /** By name. */
  readonly owner: string
  /** By group; null: one more than it is. */
  readonly epochs?: Readonly<Record<string, number>> | null
  /** Noted in the same transaction. */
  readonly place?: MovePlace
  /** Writes a marker, in the same transaction. */
  readonly marks?: boolean
}

/** All groups of the move on one side, those excepted that are as wanted. The marker's number, or NaN. */
export async function flipGroups(context: MoveContext, side: MoveSide, flip: Flip): Promise<number> {
  const {id, runner, limits} = context
  const {from, to, owner, epochs = null, place, marks = false} = flip
  const [row] = await side.session.rows<{marker: string | null}>(
    'SELECT hl_shards.flip_move($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)::text AS marker',
    [
      id,
      runner,
      from,
      to,
      owner,
      epochs === null ? null : JSON.stringify(epochs),
      place?.phase ?? null,
      place?.step ?? null,
      marks ? side.role : null,
      limits.lockMs,
    ],
  )
  return Number(row?.marker ?? Number.NaN)
}

/** The epochs of the move's groups on one side, by group, each with `more` added. */
export async function epochsOf({groups}: MoveContext, {session}: MoveSide, more = 0): Promise<Record<string, number>> {
  const rows = await session.rows<{group: number; epoch: string}>(
    'SELECT slot_group::int4 AS group, epoch::text AS epoch FROM hl_shards.slot_group WHERE slot_group = ANY ' +
      '($1::int2[])',
    [groups],
  )
  return Object.fromEntries(rows.map(({group, epoch}) => [String(group), Number(epoch) + more]))
}

/** Who lets groups go, and who takes them. */
export interface Handover {
  readonly producer: MoveSide
  readonly consumer: MoveSide
}

export class Cutover {
  readonly #context: MoveContext
  readonly #sides: Handover
  readonly #markers: MoveMarkers
  /** The fence that this process has made; null: an earlier process made it, or there is none. */
  #fenced: {readonly beganMs: number; readonly marker: number} | null = null

  private constructor(context: MoveContext, sides: Handover, markers: MoveMarkers) {
    this.#context = context
    this.#sides = sides
    this.#markers = markers
  }

  /** With a session that listens; the caller ends it. */
  static async open(context: MoveContext, sides: Handover): Promise<Cutover> {
    return new Cutover(context, sides, await MoveMarkers.open(context, sides.consumer))
  }

  get markers(): MoveMarkers {
    return this.#markers
  }

  /** Writers that are long at work are waited for a little, and then again after a pause. */
  async fence(place: MovePlace): Promise<void> {
    const {limits, signal} = this.#context
    const {producer, consumer} = this.#sides
    await this.#bound(limits.cutoverMs)
    for (let tries = 1; ; tries++) {
      const beganMs = nowMs()
      try {
        const flip: Flip = {from: 'o', to: 'm', owner: consumer.server.name, place, marks: true}
        this.#fenced = {beganMs, marker: await flipGroups(this.#context, producer, flip)}
        return
      } catch (error) {
        if (!isBusy(error) || tries >= limits.cutoversMost) throw error
        signal?.throwIfAborted()
        await pause(limits.cutoverPauseMs, signal)
      }
    }
  }

  /** Rejects with CutoverTooSlow when surely nothing was activated. */
  async activate(place: MovePlace): Promise<void> {
    const {limits, tell} = this.#context
    const {producer, consumer} = this.#sides
    if (this.#fenced === null) await this.#bound(limits.cutoverMs)
    const {beganMs, marker} = this.#fenced ?? {beganMs: nowMs(), marker: await this.#lastMarker()}
    const leftMs = limits.cutoverMs - (nowMs() - beganMs)
    const [epochs, isThere, notAdvanced] = await Promise.all([
      epochsOf(this.#context, producer, 1),
      // Who cannot be asked has not been told to begin.
      this.#markers.reached(marker, Math.max(0, leftMs)).catch(() => false),
      advanceSequences(producer, consumer).then(
        () => null,
        (error: unknown) => error,
      ),
    ])
    const {name} = consumer.server
    if (notAdvanced !== null)
      throw new CutoverTooSlow(
        `${name} could not take on the sequences: ${messageOf(notAdvanced)}; writes were let go on`,
      )
    if (!isThere || nowMs() - beganMs >= limits.cutoverMs)
      throw new CutoverTooSlow(
        `${name} had not ${isThere ? 'answered' : 'heard of the last writes'} after ${limits.cutoverMs} ms; ` +
          'writes were let go on',
      )
    try {
      await flipGroups(this.#context, consumer, {from: 'i', to: 'o', owner: consumer.server.name, epochs, place})
    } catch (error) {
      if (!isBusy(error)) throw error
      throw new CutoverTooSlow(`${consumer.server.name} could not take the groups in time`, {cause: error})
    }
    tell({kind: 'cutover', pausedMs: nowMs() - beganMs, outcome: 'switched'})
    await this.#over()
  }

  /** Only by who has fenced, or after all earlier processes were taken over. */
  async unfence(place: MovePlace): Promise<void> {
    const {producer} = this.#sides
    await flipGroups(this.#context, producer, {from: 'm', to: 'o', owner: producer.server.name, place})
    if (this.#fenced !== null)
      this.#context.tell({kind: 'cutover', pausedMs: nowMs() - this.#fenced.beganMs, outcome: 'taken-back'})
    await this.#over()
  }

  async end(): Promise<void> {
    await this.#markers.end()
  }

  async #over(): Promise<void> {
    this.#fenced = null
    // Who is gone needs no bound; what was done is done.
    await this.#bound(0).catch(() => undefined)
  }

  async #bound(ms: number): Promise<void> {
    const {producer, consumer} = this.#sides
    await Promise.all([producer, consumer].map(({session}) => session.rows(`SET statement_timeout = ${ms}`)))
  }

  async #lastMarker(): Promise<number> {
    const {producer} = this.#sides
    const [row] = await producer.session.rows<{number: string | null}>(
      'SELECT max(number)::text AS number FROM hl_shards.move_marker WHERE move = $1 AND side = $2',
      [this.#context.id, producer.role],
    )
    return Number(row?.number ?? Number.NaN)
  }
}

/** The server has ended the statement, which then had no effect: a lock, the time, a deadlock. */
function isBusy(error: unknown): boolean {
  return ['55P03', '57014', '40P01'].includes(String(Reflect.get(Object(error), 'code')))
}
