// The cutover of one direction: fence on the producer, marker, activation on the consumer; and the way back out of the
// fence. Invariants: the consumer takes writes only after the marker of the fence has come to it; what is not done in
// time is taken back by the producer alone, without asking anybody; an activation of which nobody knows whether it came
// to pass is neither repeated nor taken back here. Not here: the order of phases (move-states.ts).
import {fenceStates} from '../map/fence-sql.ts'
import {messageOf} from '../shard-error.ts'
import {nowMs, pause, within} from '../time/pause.ts'
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
  /** The fence that this process has made; null: there is none, or an earlier process made it, and it is taken back. */
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
    if (this.#fenced === null) throw new Error('only who has fenced knows which marker to wait for')
    const {beganMs, marker} = this.#fenced
    const leftMs = Math.max(0, limits.cutoverMs - (nowMs() - beganMs))
    const [epochs, isThere, advanced] = await Promise.all([
      epochsOf(this.#context, producer, 1),
      // Who cannot be asked has not been told to begin.
      this.#markers.reached(marker, leftMs).catch(() => false),
      // A consumer that hangs is not waited for longer than writers are.
      within(leftMs, advanceSequences(producer, consumer).then(isDone, messageOf)),
    ])
    const {name} = consumer.server
    if (advanced !== null && advanced !== '')
      throw new CutoverTooSlow(`${name} could not take on the sequences: ${advanced}; writes were let go on`)
    if (advanced === null || !isThere || nowMs() - beganMs >= limits.cutoverMs)
      throw new CutoverTooSlow(
        `${name} had not ${isThere || advanced === null ? 'answered' : 'heard of the last writes'} after ${limits.cutoverMs} ms; writes were let go on`,
      )
    try {
      await flipGroups(this.#context, consumer, {from: 'i', to: 'o', owner: consumer.server.name, epochs, place})
    } catch (error) {
      if (!isBusy(error) && !isChanged(error)) throw error
      throw new CutoverTooSlow(`${consumer.server.name} could not take the groups: ${messageOf(error)}`, {cause: error})
    }
    tell({kind: 'cutover', pausedMs: nowMs() - beganMs, outcome: 'switched'})
    await this.#over()
  }

  /**
   * Only by who has fenced, or after all earlier processes were taken over. The epoch is past that of an activation:
   * one may have been, on a server whose failover has lost it, and been heard of.
   */
  async unfence(place: MovePlace): Promise<void> {
    const {producer} = this.#sides
    const epochs = await epochsOf(this.#context, producer, 2)
    await flipGroups(this.#context, producer, {from: 'm', to: 'o', owner: producer.server.name, epochs, place})
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
}

/** No message. */
const isDone = (): string => ''

/** The server has ended the statement, which then had no effect: a lock, the time, a deadlock. */
function isBusy(error: unknown): boolean {
  return ['55P03', '57014', '40P01'].includes(String(Reflect.get(Object(error), 'code')))
}

/** The groups were not as the flip expects them, as on a server that was set back; it had no effect. */
const isChanged = (error: unknown): boolean => Reflect.get(Object(error), 'code') === fenceStates.changed
