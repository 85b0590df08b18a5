// One connection of a move to one server. Invariants: every wait on it is bounded and ends with the socket destroyed
// when it is not met; an abort cuts it; a server whose client is gone notices within seconds. Not here: what is asked,
// COPY (copy-pipe.ts).
import type {Socket} from 'node:net'
import {Client, type ClientConfig, type Notification, type QueryResultRow} from 'pg'
import {within} from '../time/pause.ts'
import type {MoveServer} from './move-servers.ts'

/** What it is opened for. */
export interface SessionOptions {
  /** As pg_stat_activity shows it: all of one move have the same. */
  readonly application: string
  /** A connection that takes replication commands, and nothing with values. */
  readonly replication?: boolean
  /** For the connection, and for each answer unless another bound is given. */
  readonly replyMs: number
  readonly signal?: AbortSignal | undefined
}

export class MoveSession {
  /** Of the shard. */
  readonly server: string
  readonly client: Client
  readonly #replyMs: number
  #broken: Error | null = null

  private constructor(server: string, client: Client, replyMs: number) {
    this.server = server
    this.client = client
    this.#replyMs = replyMs
  }

  /** Rejects with the reason, within `replyMs`. */
  static async open(server: Pick<MoveServer, 'name' | 'connection'>, options: SessionOptions): Promise<MoveSession> {
    return MoveSession.openAt(server.name, await server.connection(), options)
  }

  /** The same to any server: a standby, say. */
  static async openAt(
    name: string,
    connection: ClientConfig,
    {application, replication = false, replyMs, signal}: SessionOptions,
  ): Promise<MoveSession> {
    signal?.throwIfAborted()
    const config: ClientConfig & {readonly replication?: string} = {
      ...connection,
      application_name: application,
      connectionTimeoutMillis: replyMs,
      keepAlive: true,
      // The snapshot of a slot lives in an idle transaction; nobody else's default ends it.
      options:
        '-c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0 -c ' +
        'client_connection_check_interval=2s -c synchronous_commit=on',
      ...(replication ? {replication: 'database'} : {}),
    }
    const client = new Client(config)
    const session = new MoveSession(name, client, replyMs)
    // Whatever is asked fails by itself when the connection does.
    client.on('error', error => (session.#broken = error))
    const cut = (): void => session.destroy(new Error('the move was stopped'))
    signal?.addEventListener('abort', cut)
    client.once('end', () => signal?.removeEventListener('abort', cut))
    await client.connect()
    return session
  }

  /** The rows of one statement. Rejects with the server's error, or with ours when there is no answer in time. */
  async rows<T extends QueryResultRow = QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    limitMs = this.#replyMs,
  ): Promise<T[]> {
    if (this.#broken !== null) throw this.#broken
    const asked = this.client.query<T>(text, values.length === 0 ? undefined : [...values])
    return this.#answered(
      asked.then(({rows}) => rows),
      limitMs,
    )
  }

  async #answered<T>(asked: Promise<T>, limitMs: number): Promise<T> {
    const answered = await within(
      limitMs,
      asked.then(value => ({value})),
    )
    if (answered !== null) return answered.value
    const late = new Error(`${this.server} did not answer within ${limitMs} ms`)
    this.destroy(late)
    throw late
  }

  /** What one statement did, as the server says it: COMMIT may be answered with ROLLBACK. */
  async tag(text: string, limitMs = this.#replyMs): Promise<string> {
    if (this.#broken !== null) throw this.#broken
    return this.#answered(
      this.client.query(text).then(({command}) => command),
      limitMs,
    )
  }

  /** Several statements as one transaction; the last one's rows are not given. */
  async script(text: string, limitMs = this.#replyMs): Promise<void> {
    await this.rows(`BEGIN; ${text}; COMMIT`, [], limitMs).catch(async (error: unknown) => {
      // A transaction that failed is open still; a connection that failed has none.
      await this.rows('ROLLBACK').catch(() => undefined)
      throw error
    })
  }

  onNotice(listener: (payload: string) => void): () => void {
    const heard = ({payload}: Notification): void => listener(payload ?? '')
    this.client.on('notification', heard)
    return () => this.client.off('notification', heard)
  }

  destroy(reason: Error): void {
    this.#broken ??= reason
    const {stream} = Reflect.get(this.client, 'connection') as unknown as {readonly stream: Socket}
    stream.destroy()
  }

  /** Never throws, and never waits long. */
  async end(): Promise<void> {
    if (this.#broken === null)
      await within(
        endMs,
        this.client.end().catch(() => undefined),
      )
    this.destroy(new Error('the session has ended'))
  }
}

const endMs = 2_000
