// Has the consumer of a replication heard of all that its producer had written by some moment? A marker, which comes
// through the same slot in its turn, tells. Invariants: only a marker that is there counts, no lag of zero and no
// silence; what is told without anybody waiting is remembered. Not here: when it is asked (move-effects.ts).
import {within} from '../time/pause.ts'
import {markerChannel} from './move-sql.ts'
import {openBeside, type MoveContext, type MoveSide} from './move-context.ts'
import type {MoveSession} from './move-session.ts'

export class MoveMarkers {
  readonly #id: string
  readonly #session: MoveSession
  /** From where they come. */
  readonly #from: MoveSide['role']
  #highest = 0
  #wake: () => void = () => undefined

  private constructor(id: string, session: MoveSession, from: MoveSide['role']) {
    this.#id = id
    this.#session = session
    this.#from = from
  }

  /** Listens on `consumer` to what comes from the other side; the caller ends it. */
  static async open(context: MoveContext, consumer: MoveSide): Promise<MoveMarkers> {
    // Without the signal: a cutover that has begun comes to its end.
    const session = await openBeside({...context, signal: undefined}, consumer.server)
    const from = consumer.role === 'source' ? 'destination' : 'source'
    const markers = new MoveMarkers(context.id, session, from)
    session.onNotice(payload => {
      const [id, side, number] = payload.split(' ')
      if (id === context.id && side === from) markers.#note(Number(number))
    })
    await session.rows(`LISTEN ${markerChannel}`)
    return markers
  }

  /** Is the marker there within that time? Rejects when the consumer cannot be asked. */
  async reached(number: number, ms: number): Promise<boolean> {
    if (this.#highest >= number) return true
    const heard = new Promise<void>(resolve => {
      this.#wake = () => {
        if (this.#highest >= number) resolve()
      }
    })
    // It may have come before anybody listened.
    const failures: Error[] = []
    void this.#ask().catch((error: unknown) => failures.push(error instanceof Error ? error : new Error(String(error))))
    await within(ms, heard)
    const [failure] = failures
    if (this.#highest < number && failure !== undefined) throw failure
    return this.#highest >= number
  }

  async end(): Promise<void> {
    await this.#session.end()
  }

  #note(number: number): void {
    this.#highest = Math.max(this.#highest, number)
    this.#wake()
  }

  async #ask(): Promise<void> {
    const [row] = await this.#session.rows<{highest: string | null}>(
      'SELECT max(number)::text AS highest FROM hl_shards.move_marker WHERE move = $1 AND side = $2',
      [this.#id, this.#from],
    )
    this.#note(Number(row?.highest ?? 0))
  }
}

/** Writes a marker on the producer, after all that it has committed. */
export async function markMove({id}: MoveContext, {role, session}: MoveSide): Promise<number> {
  const [row] = await session.rows<{number: string}>('SELECT hl_shards.mark_move($1, $2)::text AS number', [id, role])
  return Number(row?.number)
}
