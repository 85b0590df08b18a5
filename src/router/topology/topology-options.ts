// Where the router learns who is who: what a person writes, checked field by field. Invariants: every refusal names the
// field and says what is wanted; a key that is not known is refused, since a misspelt one would silently mean the
// default. Pure. Not here: credentials, natMap (options.ts), asking (discovery.ts).
import type {AskTimes, NodeAddress} from './discovery.ts'

/** Where the servers are found, and how often they are asked. */
export type TopologyOptions = TopologySourceOptions & TopologyTimes

/** How often the servers are asked. */
export interface TopologyTimes {
  /** Between two questions to a node while there is a primary. Default 250. */
  readonly pollMs?: number
  /** The same while there is none, or after a connection broke. Default 50. */
  readonly fastPollMs?: number
  /** Bound of one question. Default 1,000. */
  readonly timeoutMs?: number
  /** A node's word counts this long. Default 3,000: three questions that time out in a row. */
  readonly evidenceTtlMs?: number
}

export type TopologySourceOptions =
  /**
   * Base URLs of Patroni's REST API, one per node, such as `http://10.0.0.1:8008`. The only source that also knows who
   * holds the leader's lease.
   */
  | {readonly patroni: readonly string[]}
  /** `host:port`, or `host` for port 5432; IPv6 in brackets. Asked by SQL. */
  | {readonly hosts: readonly string[]}
  /**
   * A name whose A and AAAA records are the servers, asked by SQL. The name is asked again every `refreshMs` (default
   * 5,000), and when something breaks.
   */
  | {readonly dns: string; readonly port?: number; readonly refreshMs?: number}

export type TopologySource =
  | {readonly kind: 'patroni'; readonly urls: readonly string[]}
  | {readonly kind: 'hosts'; readonly nodes: readonly NodeAddress[]}
  | {readonly kind: 'dns'; readonly name: string; readonly port: number; readonly refreshMs: number}

export interface TopologySettings extends AskTimes {
  readonly source: TopologySource
  readonly evidenceTtlMs: number
}

const defaultPort = 5_432
/** The longest that a timer can run; longer ones would fire at once. */
const timerMostMs = 2_147_483_647
const timeKeys = ['pollMs', 'fastPollMs', 'timeoutMs', 'evidenceTtlMs']
const sourceKeys: Readonly<Record<TopologySource['kind'], readonly string[]>> = {
  patroni: ['patroni'],
  hosts: ['hosts'],
  dns: ['dns', 'port', 'refreshMs'],
}

/** A value that was given, with the name by which it is refused. */
interface Given {
  readonly field: string
  readonly value: unknown
}

/**
 * Checks and fills in the defaults. Throws TypeError for what is of a wrong kind and RangeError for what cannot work;
 * `field` is what the options are called there.
 */
export function topologySettingsOf(options: TopologyOptions, field = 'topology'): TopologySettings {
  const fields = fieldsOf({field, value: options})
  const kind = kindOf(field, fields)
  for (const key of fields.keys())
    if (![...sourceKeys[kind], ...timeKeys].includes(key))
      throw new TypeError(
        `${field}.${key} is not known beside ${field}.${kind}: known are ` +
          [...sourceKeys[kind], ...timeKeys].join(', '),
      )
  const at = (key: string): Given => ({field: `${field}.${key}`, value: fields.get(key)})
  const settings = {
    source: sourceOf(kind, at),
    pollMs: timeOf(at('pollMs'), 250),
    fastPollMs: timeOf(at('fastPollMs'), 50),
    timeoutMs: timeOf(at('timeoutMs'), 1_000),
    evidenceTtlMs: timeOf(at('evidenceTtlMs'), 3_000),
  }
  const {evidenceTtlMs, pollMs} = settings
  if (evidenceTtlMs < pollMs)
    throw new RangeError(
      `${field}.evidenceTtlMs is ${evidenceTtlMs}, below ${field}.pollMs (${pollMs}): a word must count at least ` +
        'until the next question',
    )
  return settings
}

/** The name of a server among the nodes. */
export function nodeAddress(host: string, port: number): NodeAddress {
  return {node: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, host, port}
}

function fieldsOf({field, value}: Given): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${field} is ${shown(value)}: an object with patroni, hosts or dns is wanted`)
  return new Map(Object.entries(value).filter(([, given]) => given !== undefined))
}

function kindOf(field: string, fields: ReadonlyMap<string, unknown>): TopologySource['kind'] {
  const [kind, ...others] = (['patroni', 'hosts', 'dns'] as const).filter(key => fields.has(key))
  if (kind === undefined)
    throw new RangeError(
      `${field} names no source: one of ${field}.patroni (URLs of Patroni), ${field}.hosts (host:port of each ` +
        `server) or ${field}.dns (a name) is wanted`,
    )
  if (others.length > 0)
    throw new RangeError(
      `${field}.${kind} and ${field}.${others.join(` and ${field}.`)} are both given: exactly one of them is wanted`,
    )
  return kind
}

function sourceOf(kind: TopologySource['kind'], at: (key: string) => Given): TopologySource {
  if (kind === 'patroni')
    return {kind, urls: listOf(at('patroni'), 'a Patroni REST URL such as http://10.0.0.1:8008', urlOf, url => url)}
  if (kind === 'hosts')
    return {kind, nodes: listOf(at('hosts'), 'a server such as db1.example:5432', hostOf, ({node}) => node)}
  const port = at('port')
  return {
    kind,
    name: nameOf(at('dns')),
    port: port.value === undefined ? defaultPort : portOf(port, port.value),
    refreshMs: timeOf(at('refreshMs'), 5_000),
  }
}

function listOf<T>(
  {field, value}: Given,
  wanted: string,
  read: (given: Given) => T,
  nameOfEntry: (entry: T) => string,
): readonly T[] {
  if (!Array.isArray(value)) throw new TypeError(`${field} is ${shown(value)}: a list is wanted, each entry ${wanted}`)
  if (value.length === 0) throw new RangeError(`${field} is empty: name at least ${wanted}`)
  const entries = value.map((entry: unknown, index) => read({field: `${field}[${index}]`, value: entry}))
  const names = entries.map(nameOfEntry)
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice !== -1) throw new RangeError(`${field}[${twice}] is ${shown(names[twice])} once more: each is named once`)
  return entries
}

function urlOf(given: Given): string {
  const text = textOf(given, 'a URL such as http://10.0.0.1:8008')
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new RangeError(`${given.field} is ${shown(text)}: a URL such as http://10.0.0.1:8008 is wanted`)
  // The text itself may hold a password.
  if (url.username !== '' || url.password !== '')
    throw new RangeError(
      `${given.field} holds a user or a password: fetch takes none in a URL, and GET /patroni needs none`,
    )
  if (url.search !== '' || url.hash !== '')
    throw new RangeError(`${given.field} is ${shown(text)}: a base URL is wanted, without ? and #`)
  return text.replace(/\/+$/, '')
}

function hostOf(given: Given): NodeAddress {
  const wanted = 'host:port or host is wanted, IPv6 as [::1]:5432'
  const text = textOf(given, 'host:port')
  const parts = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^\s:/@[\]?#,]+))(?::(\d+))?$/.exec(text)
  const host = parts?.[1] ?? parts?.[2]
  if (host === undefined || parts?.[1]?.includes(':') === false)
    throw new RangeError(`${given.field} is ${shown(withoutPassword(text))}: ${wanted}`)
  return nodeAddress(host, parts?.[3] === undefined ? defaultPort : portOf(given, Number(parts[3])))
}

function nameOf(given: Given): string {
  const text = textOf(given, 'a name such as db.example')
  if (!/^[^\s:/@[\]?#,]{1,253}$/.test(text))
    throw new RangeError(
      `${given.field} is ${shown(withoutPassword(text))}: one name such as db.example is wanted; a port goes into port`,
    )
  return text
}

function textOf({field, value}: Given, wanted: string): string {
  if (typeof value !== 'string') throw new TypeError(`${field} is ${shown(value)}: ${wanted} is wanted`)
  return value
}

function portOf({field}: Given, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${field} is ${shown(value)}: a port is wanted`)
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new RangeError(`${field} has the port ${value}: 1 to 65535 is wanted`)
  return value
}

function timeOf({field, value}: Given, byDefault: number): number {
  if (value === undefined) return byDefault
  if (typeof value !== 'number') throw new TypeError(`${field} is ${shown(value)}: a number of milliseconds is wanted`)
  if (!(value > 0 && value <= timerMostMs))
    throw new RangeError(`${field} is ${value}: a number of milliseconds above zero and up to ${timerMostMs} is wanted`)
  return value
}

/** Somebody may have put a whole connection string where a host is wanted. */
function withoutPassword(text: string): string {
  return text.replace(/:[^:@]*@/, ':***@')
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value)
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object' && value !== null
        ? 'an object'
        : String(value)
}
