// One connection to one server, for questions about itself. Invariants: every wait on it is bounded, and ends with the
// socket destroyed when it is not met; its end is told once, either as the failure of what was asked or as closed. Not
// here: when to ask (sql-monitor.ts), what is asked (parse-sql-status.ts).
import {Socket} from 'node:net'
import type {Duplex} from 'node:stream'
import {Client, type ClientConfig, type CustomTypesConfig} from 'pg'
import type {NodeAddress} from './discovery.ts'
import {NotPostgres} from './monitor-failure.ts'

/** How to get to a server: address, credentials, TLS. */
export type Connect = (address: NodeAddress) => ClientConfig

export interface SqlLineListener {
  /** The server said by itself that it is a standby now, or is none any more (in_hot_standby, PostgreSQL 14). */
  onRole(): void
  /** The connection broke while nothing was asked. */
  onClosed(error: unknown): void
}

export class SqlLine {
  readonly #client: Client
  readonly #socket: Duplex
  readonly #timeoutMs: number
  readonly #listener: SqlLineListener
  #reject: ((error: unknown) => void) | null = null
  #inHotStandby: string | null = null
  #isOver = false

  constructor(config: ClientConfig, timeoutMs: number, listener: SqlLineListener) {
    this.#timeoutMs = timeoutMs
    this.#listener = listener
    const socket = config.stream?.() ?? new Socket()
    this.#socket = socket
    this.#client = new Client({
      ...config,
      application_name: `${config.application_name ?? 'pg-highload-lab'} monitor`,
      keepAlive: true,
      pipeline: false,
      stream: () => socket,
    })
    // With TLS, which also the environment may ask for, pg judges the first bytes.
    if (!this.#client.ssl) socket.once('data', (bytes: Buffer) => this.#refuseStranger(bytes))
    this.#client.on('error', error => this.#ended(error))
    this.#client.on('end', () => this.#ended(new Error('the server closed the connection')))
    this.#client.connection.on(
      'parameterStatus',
      ({parameterName, parameterValue}: {parameterName: string; parameterValue: string}) => {
        if (parameterName === 'in_hot_standby') this.#noteRole(parameterValue)
      },
    )
  }

  /** Once, before ask(). Rejects with the reason. */
  async connect(): Promise<void> {
    await this.#bounded(this.#client.connect())
  }

  /** The first row of the answer, values as text; undefined when there is none. One question at a time. */
  async ask(text: string): Promise<readonly unknown[] | undefined> {
    try {
      return await this.#askOnce(text)
    } catch (error) {
      if (!isSerializable(error)) throw error
      await this.#askOnce(`SET default_transaction_isolation = 'read committed'`)
      return this.#askOnce(text)
    }
  }

  async #askOnce(text: string): Promise<readonly unknown[] | undefined> {
    const {rows} = await this.#bounded(this.#client.query<unknown[]>({text, rowMode: 'array', types: asText}))
    return rows[0]
  }

  /** Cuts the connection now; what is asked is rejected with `reason`. Nothing is told any more. */
  destroy(reason: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#reject?.(reason)
    this.#socket.destroy()
    // With TLS that is another one.
    this.#client.connection.stream.destroy()
  }

  #bounded<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.destroy(new Error(`no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs)
      const settle = (then: () => void): void => {
        clearTimeout(timer)
        this.#reject = null
        then()
      }
      this.#reject = error => settle(() => reject(error instanceof Error ? error : new Error(String(error))))
      work.then(
        value => settle(() => resolve(value)),
        (error: unknown) => this.#reject?.(error),
      )
    })
  }

  #ended(error: unknown): void {
    if (this.#isOver) return
    const isAsked = this.#reject !== null
    this.destroy(error)
    if (!isAsked) this.#listener.onClosed(error)
  }

  #noteRole(value: string): void {
    const isChange = this.#inHotStandby !== null && this.#inHotStandby !== value
    this.#inHotStandby = value
    if (isChange && !this.#isOver) this.#listener.onRole()
  }

  /**
   * A server begins with R (authentication), E (error), N (notice) or v (protocol version). pg would wait for the rest
   * of anything else.
   */
  #refuseStranger(bytes: Buffer): void {
    if ('RENv'.includes(String.fromCharCode(bytes[0] ?? 0))) return
    const start = bytes.toString('latin1', 0, 24).replace(/[^\x20-\x7e]/g, '.')
    this.#ended(
      new NotPostgres(`the server does not speak PostgreSQL: its answer begins with ${JSON.stringify(start)}`),
    )
  }
}

/** Serializable is the default, of the role or the server, and a standby refuses every question (0A000). */
function isSerializable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === '0A000'
}

const asText: CustomTypesConfig = {getTypeParser: () => (value: unknown) => value}
