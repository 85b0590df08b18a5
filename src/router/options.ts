// What a Router is made with, and the defaults. Invariant: every field that is a time says its unit and has a bound.
// Not here: credentials' origin (the caller's).
import type {PoolConfig} from 'pg'
import {defaultCommitTokens, type CommitTokens} from './failures/commit-token.ts'
import {messageOf, RouterError} from './failures/router-error.ts'
import type {Session} from './freshness/session.ts'
import type {Proof} from './requests/proof.ts'
import type {Consistency} from './freshness/decide-freshness.ts'
import type {From} from './requests/request.ts'
import type {Isolation} from './requests/transaction-request.ts'
import type {Address} from './topology/parse-patroni.ts'
import {placeOf, type Environment} from './place-of-servers.ts'
import {
  topologySettingsOf,
  type TopologyOptions,
  type TopologySettings,
  type TopologyTimes,
} from './topology/topology-options.ts'

/**
 * pg.Pool's own options, without the place of the server: that is what `topology` is for. `max`, `min` and the like
 * hold for each node.
 * `connectionTimeoutMillis` bounds, as in pg-pool, the wait for a connection; 0 or nothing: `waitMs`.
 */
export interface RouterOptions extends Omit<
  PoolConfig,
  'host' | 'port' | 'connectionString' | 'stream' | 'Client' | 'Promise' | 'pipeline'
> {
  /**
   * How the servers and their roles are found. Without a source in it, connectionString, host or PGHOST names the
   * servers.
   */
  readonly topology?: TopologyOptions | TopologyTimes
  /**
   * As pg's, and with several servers as libpq's: `postgresql://app@h1,h2:5433/shop?target_session_attrs=primary`.
   * Beside `topology: {patroni}` its servers are not used.
   */
  readonly connectionString?: string | undefined
  /** Names or addresses of all servers, with commas between them. */
  readonly host?: string | undefined
  /** Of all servers, or one for each with commas between them. Default 5432. */
  readonly port?: number | string | undefined
  /** Translates the address that a node is known by into one that can be reached from here. */
  readonly natMap?: (node: string, host: string, port: number) => Address
  /**
   * Where query() sends what only reads. auto: to a standby that is fresh enough. primary: to the primary; only read()
   * and READ ONLY transactions use standbys. Default auto.
   */
  readonly reads?: 'auto' | 'primary'
  /**
   * What a read must see. Default session: what was written in its session; outside of any, what was written through
   * this router.
   */
  readonly consistency?: Consistency
  /** A standby that is further behind serves no reads. Defaults 16 MiB and 10,000 ms. */
  readonly lagBytesMax?: number
  /** The same in time. Default 10,000. */
  readonly lagMsMax?: number
  /**
   * How long a read with a session's token waits for a standby to catch up before it goes to the primary. Default 20.
   */
  readonly freshWaitMs?: number
  /**
   * Bound of making one connection; it grows, up to eightfold, at a server that takes them and does not answer. Default
   * 1,000.
   */
  readonly connectTimeoutMs?: number
  /** For requests that name no deadline of their own; from the call to the answer. Default: none, as in pg. */
  readonly deadlineMs?: number | undefined
  /**
   * How long a request may wait for nodes, connections and a proof, all together. Default 15,000; make it longer than a
   * failover of your cluster takes.
   */
  readonly waitMs?: number
  /**
   * How often a request that was sent is sent again: after a refusal that may pass, or because its connection broke.
   * Default 10.
   */
  readonly repeatsMax?: number
  /** How long after its first refusal that may pass a request may be sent again. Default 10,000. */
  readonly repeatMs?: number
  /** How many requests may wait at once. Default 1,000. */
  readonly queueMax?: number
  /**
   * Reads through query() that have been short so far share a connection: small ones before another is used, others
   * rather than wait when all are busy. They are sent at once, and answered in order. Default true; reads with a
   * query_timeout, in a session or with a deadline are always alone.
   */
  readonly pipelining?: boolean
  /** How long end() lets go on what is under way. Default 30,000. */
  readonly endTimeoutMs?: number
  /** The table of idempotency keys, see commitTokenTable(). */
  readonly commitTokens?: CommitTokens
}

/** Bounds and thread of one request. */
export interface RequestOptions {
  /** From the call to the answer, waiting included. */
  readonly deadlineMs?: number
  /** Ends the request when its caller is gone; a statement under way is cut with its connection. */
  readonly signal?: AbortSignal
  /** Whose writes it must see, or is. Default: the one of runInSession(), if any. */
  readonly session?: Session
}

/** How one read is served. */
export interface ReadOptions extends RequestOptions {
  /** Default prefer-standby. */
  readonly from?: From
  /** What it must see. Default: the router's own. */
  readonly consistency?: Consistency
}

/** How one write is served. */
export interface WriteOptions extends RequestOptions {
  /** Settles an unknown outcome, see Router.write. Without it an unknown outcome is an error. */
  readonly proof?: Proof
}

/** How one transaction is run. */
export interface TransactionOptions extends WriteOptions {
  /** May the function be called again when the transaction surely was not applied? Default true. */
  readonly rerun?: boolean
  /** BEGIN READ ONLY; it may run on a standby, unless it is serializable. Default false. */
  readonly readOnly?: boolean
  /** Default: the server's own. */
  readonly isolation?: Isolation
  /** The transaction is applied once, however often it is asked for with this key; see commitTokenTable(). */
  readonly idempotencyKey?: string
  /** Of a READ ONLY one: what it must see. Default: the router's own. */
  readonly consistency?: Consistency
}

export interface Settings {
  readonly topology: TopologySettings
  readonly pool: PoolConfig
  readonly natMap: (node: string, host: string, port: number) => Address
  readonly reads: 'auto' | 'primary'
  readonly consistency: Consistency
  readonly lagBytesMax: number
  readonly lagMsMax: number
  readonly freshWaitMs: number
  readonly connectTimeoutMs: number
  readonly deadlineMs: number | undefined
  readonly waitMs: number
  readonly repeatsMax: number
  readonly repeatMs: number
  readonly queueMax: number
  readonly pipelining: boolean
  readonly endTimeoutMs: number
  readonly commitTokens: CommitTokens
}

const consistencies: readonly unknown[] = ['eventual', 'session', 'strict']
/** Options of pg.Pool that would take from the router what it lives by. */
const notForRouters: Readonly<Record<string, string>> = {
  pipeline: 'pipelining is the option of a router',
  stream: 'a router must know all its sockets',
  Client: 'a router makes its clients; onConnect can set them up',
}

/** Fills in the defaults. Throws RouterError CONFIG_INVALID that names the field and what is wanted. */
export function settingsOf(options: RouterOptions, environment: Environment = process.env): Settings {
  for (const [field, why] of Object.entries(notForRouters))
    if (Reflect.get(options, field) !== undefined) throw invalid(`${field} is not taken`, why)
  const {
    topology,
    connectionString,
    host,
    port,
    natMap,
    reads,
    consistency = 'session',
    lagBytesMax,
    lagMsMax,
    freshWaitMs,
    connectTimeoutMs,
    deadlineMs,
    waitMs,
    repeatsMax,
    repeatMs,
    queueMax,
    endTimeoutMs,
    commitTokens,
    pipelining = true,
    ...pool
  } = options
  const place = checked(() => placeOf({topology, connectionString, host, port}, environment))
  if (reads !== undefined && !['auto', 'primary'].includes(reads))
    throw invalid(`reads is ${reads}`, 'auto or primary is wanted')
  if (!consistencies.includes(consistency))
    throw invalid(`consistency is ${consistency}`, 'eventual, session or strict is wanted')
  const {connectionTimeoutMillis = 0, ...rest} = pool
  return {
    topology: checked(() => topologySettingsOf(place.topology)),
    pool: {...rest, ...place.pool},
    natMap: natMap ?? ((_node, host, port) => ({host, port})),
    reads: reads ?? place.reads,
    consistency,
    lagBytesMax: positive('lagBytesMax', lagBytesMax ?? 16 * 1_024 * 1_024),
    lagMsMax: positive('lagMsMax', lagMsMax ?? 10_000),
    freshWaitMs: positive('freshWaitMs', freshWaitMs ?? 20),
    connectTimeoutMs: positive('connectTimeoutMs', connectTimeoutMs ?? 1_000),
    deadlineMs: deadlineMs === undefined ? undefined : positive('deadlineMs', deadlineMs),
    waitMs: positive('waitMs', connectionTimeoutMillis > 0 ? connectionTimeoutMillis : (waitMs ?? 15_000)),
    repeatsMax: wholeNumber('repeatsMax', repeatsMax ?? 10),
    repeatMs: positive('repeatMs', repeatMs ?? 10_000),
    queueMax: positive('queueMax', queueMax ?? 1_000),
    // A missed query_timeout ends the connection, and with it what others have on it.
    pipelining: pipelining && (place.pool.query_timeout ?? pool.query_timeout) === undefined,
    endTimeoutMs: positive('endTimeoutMs', endTimeoutMs ?? 30_000),
    commitTokens: commitTokens ?? defaultCommitTokens,
  }
}

function checked<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new RouterError('CONFIG_INVALID', messageOf(error), {
      outcome: 'not-sent',
      cause: error,
    })
  }
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw invalid(`${name} is ${value}`, 'a number above zero is wanted')
  return value
}

function wholeNumber(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 0) throw invalid(`${name} is ${value}`, 'a whole number from zero is wanted')
  return value
}

function invalid(what: string, wanted: string): RouterError {
  return new RouterError('CONFIG_INVALID', `${what}: ${wanted}`, {outcome: 'not-sent'})
}
