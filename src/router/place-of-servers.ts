// Where the servers are, from the forms in which people say it: `topology`, a URL, host and port, PGHOST and PGPORT;
// and what of it is pg's own (user, password, database, TLS). Pure but for the files of certificates that a URL names.
// Invariant: of two lists of servers that contradict each other none is taken. Not here: the defaults of other options
// (options.ts).
import {parse as parseForPg} from 'pg-connection-string'
import type {PoolConfig} from 'pg'
import {parseConnectionString, type TargetSessionAttrs} from './topology/connection-string.ts'
import {hostsOf} from './topology/host-list.ts'
import type {TopologyOptions, TopologyTimes} from './topology/topology-options.ts'

export interface GivenPlace {
  readonly topology: TopologyOptions | TopologyTimes | undefined
  readonly connectionString: string | undefined
  readonly host: string | undefined
  readonly port: number | string | undefined
}

export interface Environment {
  readonly PGHOST?: string | undefined
  readonly PGPORT?: string | undefined
}

export interface Place {
  readonly topology: TopologyOptions
  /** Of the URL; as in pg it outweighs options that stand beside it. */
  readonly pool: PoolConfig
  /** What the URL says of it. */
  readonly reads: 'auto' | 'primary'
}

/** Throws TypeError or RangeError that names the field and what is wanted. */
export function placeOf(given: GivenPlace, environment: Environment): Place {
  const url = given.connectionString === undefined ? null : parseConnectionString(given.connectionString)
  return {
    topology: topologyOf(given, url?.hosts ?? [], environment),
    pool: url === null ? {} : poolOf(url.rest),
    reads: readsOf(url?.targetSessionAttrs ?? null),
  }
}

function topologyOf(
  {topology, host, port}: GivenPlace,
  ofUrl: readonly string[],
  {PGHOST = '', PGPORT = ''}: Environment,
): TopologyOptions {
  const ports = port === undefined ? null : {field: 'port', value: String(port)}
  const named = ofUrl.length > 0 ? ofUrl : host === undefined ? [] : hostsOf({field: 'host', value: host}, ports)
  if (topology !== undefined && namesServers(topology)) {
    if (named.length > 0 && !('patroni' in topology))
      throw new RangeError('topology and connectionString or host both name servers: exactly one of them is wanted')
    return topology
  }
  if (named.length > 0) return {...topology, hosts: named}
  if (PGHOST === '')
    throw new RangeError(
      'nothing names the servers: topology, connectionString, host or PGHOST is wanted, each with all of them',
    )
  const hosts = hostsOf({field: 'PGHOST', value: PGHOST}, ports ?? {field: 'PGPORT', value: PGPORT})
  return {...topology, hosts}
}

function namesServers(topology: TopologyOptions | TopologyTimes): topology is TopologyOptions {
  // What is no object is refused where topologies are checked.
  if (typeof topology !== 'object' || (topology as unknown) === null) return true
  return ['patroni', 'hosts', 'dns'].some(key => Reflect.get(topology, key) !== undefined)
}

/**
 * What pg reads of a URL (connection-parameters.js), without the place of the server, which is the router's to fill in.
 * Whatever else stands there, pg passes over: `max` and `pipeline` are options, and none of a URL.
 */
const readOfUrl: ReadonlySet<string> = new Set([
  ...['user', 'password', 'database', 'options', 'ssl', 'sslnegotiation', 'client_encoding', 'replication'],
  ...['application_name', 'fallback_application_name', 'statement_timeout', 'lock_timeout', 'query_timeout'],
  'idle_in_transaction_session_timeout',
])

function poolOf(rest: string): PoolConfig {
  const said = Object.entries(parseForPg(rest)).filter(([, value]) => value !== '' && value != null)
  return Object.fromEntries(said.filter(([name]) => readOfUrl.has(name)))
}

/**
 * Who asks for a primary, or for a server that can be written to, wants every statement there. read() and READ ONLY
 * transactions say otherwise for themselves.
 */
function readsOf(attributes: TargetSessionAttrs | null): 'auto' | 'primary' {
  if (attributes === 'standby' || attributes === 'read-only')
    throw new RangeError(
      `target_session_attrs is ${attributes}: a router sends writes to the primary; read(…, {from: 'standby'}) ` +
        'asks standbys only',
    )
  return attributes === 'primary' || attributes === 'read-write' ? 'primary' : 'auto'
}
