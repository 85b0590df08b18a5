// Writers that remember what was acknowledged to them, and when, outside of everything that is about to be lost.
// Invariant: of one client, one write is under way at a time, so what was acknowledged to it is 1..n, and what was
// recovered is compared with that. Not here: the loss (rpo-trial.ts).
import type {Pool} from 'pg'

export const ledgerTable =
  "CREATE TABLE ledger (client int, seq int, at timestamptz NOT NULL DEFAULT clock_timestamp(), note text NOT NULL DEFAULT repeat('x', 60), PRIMARY KEY (client, seq))"
const insert = (client: number, seq: number) => ({
  name: 'ledger',
  text: 'INSERT INTO ledger (client, seq) VALUES ($1, $2)',
  values: [client, seq],
})

/** Per client: when its writes 1, 2, … were acknowledged, on one clock. */
export type Acknowledged = readonly (readonly number[])[]

export interface Pace {
  readonly clients: number
  /** From one write to the next of a client; null: as fast as it goes. */
  readonly everyMs: number | null
}

export class Ledger {
  readonly #pool: Pool
  readonly #acknowledged: number[][]
  readonly #running: Promise<unknown>
  readonly startedAtMs = performance.now()
  #stopped = false
  /** What ended a client before it was told to stop. */
  #broken: unknown = null

  constructor(pool: Pool, {clients, everyMs}: Pace) {
    this.#pool = pool
    this.#acknowledged = Array.from({length: clients}, () => [])
    this.#running = Promise.all(
      this.#acknowledged.map(async (acknowledged, client) => this.#write(client, acknowledged, everyMs)),
    )
  }

  async #write(client: number, acknowledged: number[], everyMs: number | null): Promise<void> {
    try {
      while (!this.#stopped) {
        const seq = acknowledged.length + 1
        if (everyMs !== null) await pause(this.startedAtMs + seq * everyMs - performance.now())
        await this.#pool.query(insert(client, seq))
        acknowledged.push(performance.now())
      }
    } catch (error) {
      if (!this.#stopped) this.#broken = error
    }
  }

  /** From now on a failure is what was to be expected. Throws when there was one before. */
  expectTheEnd(): void {
    if (this.#broken !== null) throw new Error('a writer failed before anything was killed', {cause: this.#broken})
    this.#stopped = true
  }

  /** Resolves when every client has its answer or its failure. */
  async end(): Promise<Acknowledged> {
    await this.#running
    return this.#acknowledged
  }
}

export const pause = async (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, Math.max(0, ms)))
