// A connection URL that may name several servers, as libpq takes it, in two parts: what is about the servers, and a URL
// of one server that means the rest to pg. Pure. Invariants: every refusal says what is wanted, and shows nothing of
// user and password; the rest is left byte for byte, so that pg reads it as it always does. Not here: reading the rest
// (options.ts).
import {hostsOf, serverOf} from './host-list.ts'

export interface ConnectionString {
  /** `host:port` of each server; empty: the URL names none. */
  readonly hosts: readonly string[]
  readonly targetSessionAttrs: TargetSessionAttrs | null
  /** The URL without anything that is about the servers. */
  readonly rest: string
}

const sessionAttrs = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const
/** libpq's words for the server that a connection wants. */
export type TargetSessionAttrs = (typeof sessionAttrs)[number]

const field = 'connectionString'
/** Parameters that are about the servers, and one that pg knows by another name. */
const ownKeys: ReadonlySet<string> = new Set(['host', 'port', 'target_session_attrs', 'load_balance_hosts', 'dbname'])

/** Throws RangeError. */
export function parseConnectionString(text: string): ConnectionString {
  const url = /^(postgres(?:ql)?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(text)
  if (url === null)
    throw new RangeError(
      /^(\/|socket:)/.test(text)
        ? `${field} names a Unix socket: a router needs servers that it can reach by TCP`
        : `${field} is not understood: postgresql://user@host1:5432,host2/database is wanted`,
    )
  const [, scheme = '', authority = '', path = '', query = ''] = url
  const at = authority.lastIndexOf('@') + 1
  const parameters = query.split('&').filter(pair => pair !== '')
  const values = new Map(parameters.map(pair => [keyOf(pair), valueOf(pair)]))
  if (values.has('hostaddr')) throw new RangeError(`${field} has hostaddr: name the addresses as hosts`)
  const others = parameters.filter(pair => !ownKeys.has(keyOf(pair)))
  const dbname = values.get('dbname')
  const database = dbname === undefined ? path : `/${encodeURIComponent(dbname)}`
  const rest = `${scheme}://${authority.slice(0, at)}localhost${database}${others.length > 0 ? `?${others.join('&')}` : ''}`
  oneOf('load_balance_hosts', ['disable', 'random'], values.get('load_balance_hosts'))
  return {
    hosts: serversOf(authority.slice(at), values),
    targetSessionAttrs: oneOf('target_session_attrs', sessionAttrs, values.get('target_session_attrs')),
    rest,
  }
}

/** What a parameter says outweighs what stands before the path, as in libpq. */
function serversOf(list: string, values: ReadonlyMap<string, string>): readonly string[] {
  const written = list === '' ? [] : list.split(',').map(partsOf)
  const hosts = values.get('host') ?? written.map(({host}) => host).join(',')
  const ports = values.get('port') ?? written.map(({port}) => port).join(',')
  if (hosts === '' && (ports === '' || values.has('port')) && written.length <= 1) return []
  if (!values.has('host') && !values.has('port')) return written.map(({host, port}) => serverOf(field, host, port))
  return hostsOf({field: `host of ${field}`, value: hosts}, {field: `port of ${field}`, value: ports})
}

interface HostAndPort {
  readonly host: string
  readonly port: string
}

/** host, host:port, [IPv6], [IPv6]:port */
function partsOf(part: string): HostAndPort {
  const found = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(part)
  if (found === null)
    throw new RangeError(`${field} names the host ${JSON.stringify(part)}: host, host:port or [IPv6]:port is wanted`)
  return {host: decoded(found[1] ?? found[2] ?? ''), port: found[3] ?? ''}
}

function keyOf(pair: string): string {
  const end = pair.indexOf('=')
  return decoded(end === -1 ? pair : pair.slice(0, end))
}

function valueOf(pair: string): string {
  const end = pair.indexOf('=')
  return end === -1 ? '' : decoded(pair.slice(end + 1))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RangeError(`${field} has a % that begins no character: two hexadecimal digits, or %25, are wanted`)
  }
}

function oneOf<T extends string>(key: string, known: readonly T[], value: string | undefined): T | null {
  if (value === undefined) return null
  const found = known.find(each => each === value)
  if (found === undefined)
    throw new RangeError(`${key} of ${field} is ${JSON.stringify(value)}: one of ${known.join(', ')} is wanted`)
  return found
}
