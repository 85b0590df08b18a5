// One connection to one target, for the whole of a run. Invariants: every wait on it is bounded, by the server where it
// can be and here in any case, and ends with the socket destroyed when it is not met; a server whose client is gone
// notices within seconds and gives its locks back. Not here: what is asked.
import {Socket} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import {Client, type ClientConfig, type QueryConfig, type QueryResultRow} from 'pg'
import type {MigrationLimits} from './migration-limits.ts'

/** A database that migrations are applied to: a shard's, or the catalog's. */
export interface MigrationTarget {
  /** Of the shard. */
  readonly name: string
  /** To its primary, as the role that owns what is made. */
  readonly connection: ClientConfig
}

export class MigrationSession {
  readonly target: string
  readonly #client: Client
  readonly #socket: Socket
  readonly #limits: MigrationLimits

  private constructor(target: string, client: Client, socket: Socket, limits: MigrationLimits) {
    this.target = target
    this.#client = client
    this.#socket = socket
    this.#limits = limits
  }

  /** Connects. Rejects with the reason, within `connectMs`. An abort of `signal` cuts whatever is under way. */
  static async open(target: MigrationTarget, limits: MigrationLimits, signal?: AbortSignal): Promise<MigrationSession> {
    signal?.throwIfAborted()
    const socket = new Socket()
    const client = new Client({
      ...target.connection,
      application_name: 'hl-migrations',
      connectionTimeoutMillis: limits.connectMs,
      query_timeout: limits.replyMs,
      keepAlive: true,
      stream: () => socket,
    })
    // Whatever is asked fails by itself when the connection does.
    client.on('error', () => undefined)
    const cut = (): void => void socket.destroy(new Error('the run was aborted'))
    signal?.addEventListener('abort', cut)
    socket.once('close', () => signal?.removeEventListener('abort', cut))
    const session = new MigrationSession(target.name, client, socket, limits)
    try {
      await client.connect()
      await session.settle()
    } catch (error) {
      socket.destroy()
      throw error
    }
    return session
  }

  /** Settings as a new connection has them, whatever a migration has set, and those of this session. */
  async settle(): Promise<void> {
    await this.#bounded(
      {
        text:
          `RESET ROLE; RESET SESSION AUTHORIZATION; RESET ALL; SET client_connection_check_interval = '2s'; SET ` +
          `statement_timeout = ${this.#limits.replyMs}`,
      },
      this.#limits.replyMs,
    )
  }

  /** The rows of one statement. */
  async rows<T extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    return this.#bounded<T>({text, values: [...values]}, this.#limits.replyMs)
  }

  /** All statements of a text, as one message. */
  async script(text: string, limitMs: number): Promise<void> {
    await this.#bounded({text}, limitMs)
  }

  /** A text that must be one statement; PostgreSQL refuses more (42601). */
  async statement(text: string, limitMs: number): Promise<void> {
    await this.#bounded({text, queryMode: 'extended'}, limitMs)
  }

  /** Never throws, and never waits long. */
  async end(): Promise<void> {
    const ended = new AbortController()
    await Promise.race([
      this.#client.end().catch(() => undefined),
      delay(this.#limits.connectMs, undefined, {signal: ended.signal}).catch(() => undefined),
    ])
    ended.abort()
    this.#socket.destroy()
  }

  /** The server is told to end by itself a little before the socket is cut, so that its reason is heard. */
  async #bounded<T extends QueryResultRow>(
    query: QueryConfig & {readonly queryMode?: 'extended'},
    limitMs: number,
  ): Promise<T[]> {
    const cut = new AbortController()
    const late = delay(limitMs + graceMs, undefined, {signal: cut.signal}).then(
      () => void this.#socket.destroy(new Error(`no answer within ${limitMs + graceMs} ms`)),
      () => undefined,
    )
    try {
      // pg's own timeout leaves the connection as it is, so it must not come first.
      const config: QueryConfig & {readonly query_timeout: number} = {...query, query_timeout: limitMs + 2 * graceMs}
      return (await this.#client.query<T>(config)).rows
    } finally {
      cut.abort()
      await late
    }
  }
}

const graceMs = 2_000

/** For `ms`, or until `signal` is aborted; then rejects with its reason. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : {signal})
}
