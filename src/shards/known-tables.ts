// What the planner knows of tables and functions, kept young: a column that was added later belongs to *. Invariants:
// it is asked for once for all who wait; plans are forgotten only when something has changed; a failure leaves what was
// known. Pure but for what it keeps. Not here: the question (routing/tables-query.ts).
import {readTables} from './routing/read-tables.ts'
import type {AllTables} from './routing/table-facts.ts'

/** The question costs the server some milliseconds. */
const oldMs = 60_000

export interface KnownTablesPorts {
  /** The row of tablesQuery. */
  readonly ask: () => Promise<unknown>
  /** For the first time, and when it is other than before. */
  readonly changed: (tables: AllTables) => void
  /** In the background. */
  readonly failed: (error: unknown) => void
  readonly nowMs: () => number
}

export class KnownTables {
  readonly #ports: KnownTablesPorts
  #known: string | null = null
  #askedMs = -Infinity
  #asking: Promise<void> | null = null

  constructor(ports: KnownTablesPorts) {
    this.#ports = ports
  }

  /** Rejects with what asking does, or ShardError CONFIG_INVALID for tables that cannot be sharded. */
  renew(): Promise<void> {
    this.#askedMs = this.#ports.nowMs()
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** In the background, so whoever needs it now goes on with what is known. */
  renewIfOld(): void {
    if (this.#ports.nowMs() - this.#askedMs > oldMs) this.renew().catch(this.#ports.failed)
  }

  async #ask(): Promise<void> {
    const row = await this.#ports.ask()
    const text = JSON.stringify(row)
    if (text === this.#known) return
    this.#ports.changed(readTables(row))
    this.#known = text
  }
}
