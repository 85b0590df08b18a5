// PURE: which ports and which network a new lab gets. Invariant: a block of ports and a /24 per lab, so labs never
// share one.
// Not here: what is free (free-placement.ts).

/** Ports of a block, relative to its base. */
const offsets = {
  HL_PORT_PG1: 1,
  HL_PORT_PG2: 2,
  HL_PORT_PG3: 3,
  HL_PORT_REST1: 11,
  HL_PORT_REST2: 12,
  HL_PORT_REST3: 13,
  HL_PORT_ETCD1: 21,
  HL_PORT_ETCD2: 22,
  HL_PORT_ETCD3: 23,
  HL_PORT_PGPOOL: 31,
} as const

const blockSize = 40
export const firstPortBase = 54_320
const lastPortBase = 60_000

/** All ports that a lab with this base publishes on loopback. */
export function portsOf(base: number): readonly number[] {
  return Object.values(offsets).map(offset => base + offset)
}

/** The environment that compose reads them from. */
export function portEnvironment(base: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, String(base + offset)]))
}

/** Bases to try, in order; those of `taken` ports are left out. */
export function portBases(taken: ReadonlySet<number>): readonly number[] {
  const bases = Array.from(
    {length: (lastPortBase - firstPortBase) / blockSize},
    (_, index) => firstPortBase + index * blockSize,
  )
  return bases.filter(base => portsOf(base).every(port => !taken.has(port)))
}

/**
 * The first free 10.231.n, as compose's prefix; null when all are taken. `subnets`: CIDR texts; IPv6 and nonsense never
 * overlap.
 */
export function freeSubnetPrefix(subnets: readonly string[]): string | null {
  const taken = subnets.flatMap(subnet => parseCidr(subnet) ?? [])
  for (let n = 0; n < 256; n++) {
    const from = ((10 * 256 + 231) * 256 + n) * 256
    if (taken.every(range => range.to < from || range.from > from + 255)) return `10.231.${n}`
  }
  return null
}

interface Range {
  readonly from: number
  readonly to: number
}

/** First and last address of an IPv4 network as numbers; null for anything else. */
export function parseCidr(text: string): Range | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)
  if (match === null) return null
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number)
  if ([a, b, c, d].some(part => part > 255) || bits > 32) return null
  const size = 2 ** (32 - bits)
  const address = ((a * 256 + b) * 256 + c) * 256 + d
  const from = Math.floor(address / size) * size
  return {from, to: from + size - 1}
}
