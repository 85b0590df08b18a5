// One connection in one request's hands: statements with a deadline, notices, and what becomes of it afterwards.
// Invariant: only a connection that is idle and whole goes back to its pool; every other one is destroyed. Not here: where it comes from (pools.ts).
import type {PoolClient, QueryConfig, QueryResult} from 'pg'
import {NeverSent} from '../failures/classify-error.ts'
import type {ServerLife} from '../failures/decide-settlement.ts'
import type {Notice} from './sync-wait.ts'

export type Row = Record<string, unknown>
export type StatementResult = QueryResult<Row>

/** `extended` takes exactly one statement: with more, an error in the last would say nothing about those before it, which may be committed. */
interface OneStatement extends QueryConfig<unknown[]> {
  readonly queryMode: 'extended'
}

/** Asked once per connection: a primary that stops being one, or changes its timeline, ends all its connections. */
const lives = new WeakMap<PoolClient, ServerLife>()
const lifeText = `SELECT pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) AS timeline,
  (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8::pg_catalog.text AS started_at WHERE NOT pg_catalog.pg_is_in_recovery()`

export class Lease {
  readonly node: string
  readonly notices: Notice[] = []
  readonly #client: PoolClient
  #broken = false

  constructor(node: string, client: PoolClient) {
    this.node = node
    this.#client = client
    client.on('notice', this.#keepNotice)
  }

  /** Is a transaction open, as of the last answer? */
  get inTransaction(): boolean {
    return this.#client.getTransactionStatus() !== 'I'
  }

  get broken(): boolean {
    return this.#broken
  }

  /** Sends one statement. On abort the connection is destroyed and the driver rejects; nothing is sent when the signal is aborted already. */
  async query(text: string, values: readonly unknown[], signal: AbortSignal): Promise<StatementResult> {
    if (signal.aborted) throw new NeverSent('the time was over before the statement was sent')
    const destroy = (): void => this.destroy()
    signal.addEventListener('abort', destroy)
    try {
      const statement: OneStatement = {text, values: [...values], queryMode: 'extended'}
      return await this.#client.query<Row, unknown[]>(statement)
    } finally {
      signal.removeEventListener('abort', destroy)
    }
  }

  /** Is the server in recovery, so not a primary? null when it cannot be asked. */
  async inRecovery(signal: AbortSignal): Promise<boolean | null> {
    try {
      const {rows} = await this.query('SELECT pg_catalog.pg_is_in_recovery() AS recovering', [], signal)
      const recovering = rows[0]?.['recovering']
      return typeof recovering === 'boolean' ? recovering : null
    } catch {
      return null
    }
  }

  /** Which run of which primary this connection belongs to; null in recovery. Rejects as query() does. */
  async life(signal: AbortSignal): Promise<ServerLife | null> {
    const known = this.knownLife
    if (known !== null) return known
    const {rows} = await this.query(lifeText, [], signal)
    const life = parseLife(this.node, rows[0])
    if (life !== null) lives.set(this.#client, life)
    return life
  }

  /** The same, without asking; null when life() was not called on this connection. */
  get knownLife(): ServerLife | null {
    return lives.get(this.#client) ?? null
  }

  /** Cuts the connection now; a statement under way is rejected by the driver. A frozen server cannot delay this. */
  destroy(): void {
    this.#broken = true
    this.#client.connection.stream.destroy()
  }

  /** Gives the connection back, or destroys it. Once. */
  release(): void {
    this.#client.off('notice', this.#keepNotice)
    if (this.#broken || this.inTransaction) this.destroy()
    this.#client.release(this.#broken)
  }

  readonly #keepNotice = ({severity, code, message, detail, routine}: Notice): void => {
    this.notices.push({severity, code, message, detail, routine})
  }
}

/** A timeline is the first eight hexadecimal digits of a WAL file's name. */
function parseLife(node: string, row: Row | undefined): ServerLife | null {
  const digits = row?.['timeline']
  const startedAt = row?.['started_at']
  if (typeof digits !== 'string' || !/^[0-9A-F]{8}$/.test(digits) || typeof startedAt !== 'string') return null
  return {node, timeline: Number.parseInt(digits, 16), startedAt}
}
