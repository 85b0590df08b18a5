// PURE: which ports and which network a new lab gets. Invariant: a block of ports and a /24 per lab, so labs never
// share one.
// Not here: what is free (free-placement.ts).
import type {LabShape} from './lab-shape.ts'

/** Where a lab lies on this machine. */
export interface Placement {
  /** Its ports are above this one. */
  readonly portBase: number
  /** The first three bytes of its network. */
  readonly subnetPrefix: string
}

/** Where a kind of port begins in a block that has room for nine members. */
const offsets = {postgres: 1, rest: 11, etcd: 21, pgpool: 31} as const
const fewMembers = 9

const blockSize = 40
// Below 32768, where Linux begins to take ports for outgoing connections (net.ipv4.ip_local_port_range): a container
// that starts again finds its port free.
export const firstPortBase = 24_320
const lastPortBase = 30_000

/** Published ports, in the order of the services that they belong to. */
export interface LabPorts {
  readonly postgres: readonly number[]
  readonly rest: readonly number[]
  readonly etcd: readonly number[]
  readonly pgpool?: number
}

export function portsOfLab(shape: LabShape, base: number): LabPorts {
  const from = (offset: number, count: number): readonly number[] =>
    Array.from({length: count}, (_, index) => base + offset + index)
  const members = shape.clusters.reduce((sum, {nodes}) => sum + nodes, 0)
  const at = members <= fewMembers ? offsets : {...offsets, rest: 1 + members, etcd: 1 + 2 * members}
  return {
    postgres: from(at.postgres, members),
    rest: from(at.rest, members),
    etcd: from(at.etcd, shape.dcsNodes),
    // One cluster alone has pgpool, and few members.
    ...(shape.pgpool ? {pgpool: base + at.pgpool} : {}),
  }
}

/** All ports that a lab with this base publishes on loopback. */
export function portsOf(shape: LabShape, base: number): readonly number[] {
  const {postgres, rest, etcd, pgpool} = portsOfLab(shape, base)
  return [...postgres, ...rest, ...etcd, ...(pgpool === undefined ? [] : [pgpool])]
}

/** Ports that are wanted of a block, by its base. */
export type PortsAt = (base: number) => readonly number[]

/**
 * Bases to try, in order; a block with a port of `taken` is left out whole, whatever the shape of who has it.
 */
export function portBases(portsAt: PortsAt, taken: ReadonlySet<number>): readonly number[] {
  const size = Math.ceil(Math.max(...portsAt(0)) / blockSize) * blockSize
  const bases = Array.from(
    {length: Math.floor((lastPortBase - firstPortBase - size) / blockSize) + 1},
    (_, index) => firstPortBase + index * blockSize,
  )
  return bases.filter(base => [...taken].every(port => port <= base || port > base + size))
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
