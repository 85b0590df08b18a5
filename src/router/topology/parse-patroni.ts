// Patroni's REST answers -> our words. Invariant: a document that is not understood is null, never a guess.
// Source: Patroni 4 docs/rest_api.rst and patroni/api.py. Not here: fetching (discover.ts), deciding (decide-primary.ts).

/** Where a node's PostgreSQL listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** GET /patroni: what a node says of itself. The role comes from pg_is_in_recovery(), asked at that moment. */
export interface NodeStatus {
  readonly node: string
  readonly role: 'primary' | 'standby'
  /** PostgreSQL answers queries; false while it starts, stops or has crashed. */
  readonly running: boolean
  readonly timeline: number | null
}

/** GET /cluster: what the DCS said when this node last read it; stale on a node that is cut off. */
export interface ClusterView {
  /** Owner of Patroni's leader role; null when nobody is. */
  readonly leader: string | null
  readonly addresses: ReadonlyMap<string, Address>
}

const primaryRoles = new Set(['primary', 'master'])
const runningStates = new Set(['running', 'streaming', 'in archive recovery'])

/** Reads GET /patroni; null when it names no node or no role (Patroni before 3.2 does not tell its name). */
export function parseNodeStatus(document: unknown): NodeStatus | null {
  const node = fieldOf(fieldOf(document, 'patroni'), 'name')
  const role = fieldOf(document, 'role')
  const timeline = fieldOf(document, 'timeline')
  if (typeof node !== 'string' || node === '' || typeof role !== 'string') return null
  return {
    node,
    role: primaryRoles.has(role) ? 'primary' : 'standby',
    running: runningStates.has(String(fieldOf(document, 'state'))),
    timeline: isPositiveInteger(timeline) ? timeline : null,
  }
}

/** Reads GET /cluster; null when there is no list of members. Members without an address are left out. */
export function parseClusterView(document: unknown): ClusterView | null {
  const members = fieldOf(document, 'members')
  if (!Array.isArray(members)) return null
  const addresses = new Map<string, Address>()
  let leader: string | null = null
  for (const member of members) {
    const name = fieldOf(member, 'name')
    if (typeof name !== 'string') continue
    const host = fieldOf(member, 'host')
    const port = fieldOf(member, 'port')
    if (typeof host === 'string' && isPositiveInteger(port)) addresses.set(name, {host, port})
    if (fieldOf(member, 'role') === 'leader') leader = name
  }
  return {leader, addresses}
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
}

function isPositiveInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0
}
