// Lists of hosts and ports as libpq takes them (host=h1,h2 port=5432, PGHOST, PGPORT) -> the servers. Pure. Invariant:
// every refusal names the list and says what is wanted. Not here: URLs (connection-string.ts).

/** `value` as somebody gave it, with the name by which it is refused. */
export interface GivenList {
  readonly field: string
  readonly value: string
}

const defaultPort = '5432'

/**
 * `host:port` of each server, IPv6 in brackets. One port holds for all hosts; otherwise there are as many as hosts, and
 * an empty one is 5432. Throws RangeError.
 */
export function hostsOf(hosts: GivenList, ports: GivenList | null): readonly string[] {
  const names = hosts.value.split(',')
  const numbers = ports === null || ports.value === '' ? [''] : ports.value.split(',')
  if (numbers.length !== 1 && numbers.length !== names.length)
    throw new RangeError(
      `${ports?.field ?? 'port'} lists ${numbers.length} ports for ${names.length} hosts: one, or one for each, ` +
        'is wanted',
    )
  return names.map((name, index) => serverOf(hosts.field, name, numbers[numbers.length === 1 ? 0 : index] ?? ''))
}

/** As topology.hosts takes it. `port` '' is the default. */
export function serverOf(field: string, host: string, port: string): string {
  if (host === '') throw new RangeError(`${field} names an empty host: a name or an address is wanted`)
  if (host.startsWith('/') || host.startsWith('@'))
    throw new RangeError(`${field} names a Unix socket: a router needs servers that it can reach by TCP`)
  if (!/^\d*$/.test(port)) throw new RangeError(`${field} has the port ${JSON.stringify(port)}: 1 to 65535 is wanted`)
  return `${host.includes(':') ? `[${host}]` : host}:${port === '' ? defaultPort : port}`
}
