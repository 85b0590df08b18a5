// What a Router is made with, and the defaults. Invariant: every field that is a time says its unit and has a bound. Not here: credentials' origin (the caller's).
import type {Address} from './topology/parse-patroni.ts'

export interface RouterOptions {
  readonly discovery: {
    /** Base URLs of the Patroni REST API, one per node, such as `http://10.0.0.1:8008`. */
    readonly urls: readonly string[]
    /** Between two questions to a node while there is a primary. Default 250. */
    readonly pollMs?: number
    /** The same while there is none, or after a connection broke. Default 50. */
    readonly fastPollMs?: number
    /** Bound of one question. Default 1,000. */
    readonly timeoutMs?: number
    /** A node's word counts this long. Default 3,000: three questions that time out in a row. */
    readonly evidenceTtlMs?: number
  }
  /** Translates the address that Patroni advertises into one that can be reached from here. */
  readonly natMap?: (node: string, host: string, port: number) => Address
  readonly connection: {
    readonly user: string
    readonly password: string
    readonly database: string
    readonly applicationName?: string
  }
  /** Connections per node and kind (read-write, read-only). Default 10. */
  readonly poolMax?: number
  /** Bound of making one connection, and of waiting for a free one before it counts as a failed attempt. Default 1,000. */
  readonly connectTimeoutMs?: number
  /** For requests that name no deadline. Default 15,000. */
  readonly defaultDeadlineMs?: number
  /** How many requests may wait for a connection at once. Default 1,000. */
  readonly queueMax?: number
}

export interface RequestOptions {
  /** From the call to the answer, waiting included. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

/**
 * A query that returns a row if and only if the write it belongs to was applied. The caller vouches for it: the write itself stores a unique id, in the same
 * transaction and in an ordinary table (not UNLOGGED), the id is used for this write alone, nothing deletes the row before the write is settled, and the query
 * looks for that id, at whatever state the database is in, and changes nothing.
 */
export interface Proof {
  readonly text: string
  readonly values?: readonly unknown[]
}

export interface WriteOptions extends RequestOptions {
  /** Settles an unknown outcome, see Router.write. Without it an unknown outcome is an error. */
  readonly proof?: Proof
}

export interface TransactionOptions extends WriteOptions {
  /** The function may be called again when the transaction surely was not applied. Default false. */
  readonly rerun?: boolean
}

export interface Settings {
  readonly urls: readonly string[]
  readonly pollMs: number
  readonly fastPollMs: number
  readonly timeoutMs: number
  readonly evidenceTtlMs: number
  readonly natMap: (node: string, host: string, port: number) => Address
  readonly connection: RouterOptions['connection']
  readonly poolMax: number
  readonly connectTimeoutMs: number
  readonly defaultDeadlineMs: number
  readonly queueMax: number
}

/** Fills in the defaults. Throws RangeError for a list of URLs that is empty or a number that is not above zero. */
export function settingsOf(options: RouterOptions): Settings {
  const {discovery} = options
  if (discovery.urls.length === 0) throw new RangeError('discovery.urls is empty: name at least one Patroni REST URL')
  return {
    urls: discovery.urls.map(url => url.replace(/\/+$/, '')),
    pollMs: positive('discovery.pollMs', discovery.pollMs ?? 250),
    fastPollMs: positive('discovery.fastPollMs', discovery.fastPollMs ?? 50),
    timeoutMs: positive('discovery.timeoutMs', discovery.timeoutMs ?? 1_000),
    evidenceTtlMs: positive('discovery.evidenceTtlMs', discovery.evidenceTtlMs ?? 3_000),
    natMap: options.natMap ?? ((_node, host, port) => ({host, port})),
    connection: options.connection,
    poolMax: positive('poolMax', options.poolMax ?? 10),
    connectTimeoutMs: positive('connectTimeoutMs', options.connectTimeoutMs ?? 1_000),
    defaultDeadlineMs: positive('defaultDeadlineMs', options.defaultDeadlineMs ?? 15_000),
    queueMax: positive('queueMax', options.queueMax ?? 1_000),
  }
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`${name} is ${value}: a number above zero is needed`)
  return value
}
