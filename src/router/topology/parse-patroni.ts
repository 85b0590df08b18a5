// Patroni's REST answers -> our words. Invariant: a document that is not understood is null, never a guess.
// Source: Patroni 4 docs/rest_api.rst and patroni/api.py. Not here: fetching (discover-patroni.ts), deciding
// (decide-primary.ts).

/** Where a node's PostgreSQL listens. */
export interface Address {
  /** A name or an IP address. */
  readonly host: string
  /** Of PostgreSQL. */
  readonly port: number
}

/**
 * What a node says of itself: GET /patroni, or the answer to SQL (parse-sql-status.ts). The role comes from
 * pg_is_in_recovery(), asked at that moment.
 */
export interface NodeStatus {
  readonly node: string
  readonly role: 'primary' | 'standby'
  /** PostgreSQL answers queries; false while it starts, stops or has crashed. */
  readonly running: boolean
  readonly timeline: number | null
  /**
   * How far a read on this node sees, as a byte of the WAL: on a primary what it has flushed, on a standby what it has
   * replayed.
   */
  readonly position: number | null
  /** On a standby: how far it has the WAL, replayed or not. */
  readonly received: number | null
  /** True only when a standby says that its replay is paused. */
  readonly replayPaused: boolean
  /**
   * The server process behind the name, when it can be told: nodes that tell the same are one server under several
   * names.
   */
  readonly server: string | null
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
  const isPrimary = primaryRoles.has(role)
  return {
    node,
    role: isPrimary ? 'primary' : 'standby',
    running: runningStates.has(String(fieldOf(document, 'state'))),
    timeline: isPositiveInteger(timeline) ? timeline : null,
    ...progressOf(isPrimary, fieldOf(document, 'xlog')),
    server: null,
  }
}

/** Patroni's bytes of the WAL: `location` is pg_current_wal_flush_lsn(). */
function progressOf(isPrimary: boolean, xlog: unknown): Pick<NodeStatus, 'position' | 'received' | 'replayPaused'> {
  if (isPrimary) return {position: positionOf(fieldOf(xlog, 'location')), received: null, replayPaused: false}
  const position = positionOf(fieldOf(xlog, 'replayed_location'))
  return {
    position,
    received: receivedOf(positionOf(fieldOf(xlog, 'received_location')), position),
    replayPaused: fieldOf(xlog, 'paused') === true,
  }
}

/**
 * What was replayed was received, from wherever: pg_last_wal_receive_lsn() knows nothing of the archive and starts anew
 * with each run of the server.
 */
export function receivedOf(received: number | null, replayed: number | null): number | null {
  return received === null || replayed === null ? received : Math.max(received, replayed)
}

function positionOf(value: unknown): number | null {
  return isPositiveInteger(value) ? value : null
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
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
