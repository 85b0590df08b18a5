// Somebody else who writes at a steady, low rate, so that a standby that stands still also falls behind. Not here: what
// is measured.
import pg from 'pg'
import {port, type Server} from './postgres.ts'
import type {Undo} from './undo.ts'
import {credentials, database} from './statements.ts'

const everyMs = 20

export class Writer {
  readonly #client: pg.Client
  readonly #timer: NodeJS.Timeout
  #last: Promise<unknown> | null = null

  private constructor(client: pg.Client) {
    this.#client = client
    this.#timer = setInterval(() => {
      this.#last ??= client.query('INSERT INTO entries (account, amount) VALUES (1, 1)').finally(() => {
        this.#last = null
      })
    }, everyMs)
  }

  static async start(primary: Server, undo: Undo): Promise<Writer> {
    const client = new pg.Client({...credentials, database, host: primary.host, port})
    // When the primary goes, the next statement says so.
    client.on('error', () => undefined)
    await client.connect()
    const writer = new Writer(client)
    undo.defer('stopping the writer', async () => writer.stop())
    return writer
  }

  /** Rejects when the last write failed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#last
    await this.#client.end()
  }
}
