// What a cluster looks like at one moment: members, DCS, lease, and whether that is healthy. Invariant: a value, never
// updated in place.
// Not here: how it is read (src/lab).

/** PostgreSQL's words. `unknown`: the node does not answer. */
export type Role = 'primary' | 'sync standby' | 'standby' | 'unknown'
export type ContainerStatus = 'running' | 'paused' | 'stopped' | 'missing'

export interface MemberState {
  readonly name: string
  readonly container: ContainerStatus
  readonly role: Role
  /**
   * Patroni's word for PostgreSQL: `running`, `streaming`, `starting`, `stopped`, `crashed` …; null when Patroni does
   * not answer.
   */
  readonly state: string | null
  readonly timeline: number | null
  /** Bytes of WAL that the primary has and this standby has not received; null when not known, and for the primary. */
  readonly lagBytes: number | null
  /** Bytes received and not yet replayed; null when not known, and for the primary. */
  readonly replayLagBytes: number | null
}

export interface DcsMemberState {
  readonly name: string
  readonly container: ContainerStatus
  readonly healthy: boolean
  readonly leader: boolean
}

export interface LeaseState {
  /** Patroni's leader key: the member that owns it; null when nobody does. */
  readonly owner: string | null
  /** What is left of the lease in ms; null when it could not be read. */
  readonly expiresInMs: number | null
}

/** The name, and the Patroni scope, of the cluster of a lab that has one; shards have others. */
export const soleCluster = 'hl'

export interface ClusterState {
  readonly lab: string
  readonly members: readonly MemberState[]
  readonly dcs: readonly DcsMemberState[]
  readonly lease: LeaseState
  /** The member that accepts writes by its own word; null when there is none or more than one. */
  readonly primary: string | null
  /** Members in Patroni's /sync key. */
  readonly syncStandbys: readonly string[]
  readonly timeline: number | null
  /** Patroni's maintenance mode. */
  readonly paused: boolean
}

export type SynchronousMode = 'off' | 'on' | 'strict' | 'quorum'

/** What can be chosen per lab and per scenario; seconds where Patroni uses seconds. */
export interface ClusterSettings {
  readonly synchronousMode: SynchronousMode
  readonly ttlS: number
  readonly loopWaitS: number
  readonly retryTimeoutS: number
  readonly failsafeMode: boolean
  readonly maximumLagOnFailoverBytes: number
  /** PostgreSQL parameters on top of the lab's own. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>
}

/**
 * Defaults of a lab: Patroni's floor for ttl is 20 s, and loop_wait + 2 * retry_timeout must not exceed ttl
 * (patroni/config.py).
 */
export const defaultSettings: ClusterSettings = {
  synchronousMode: 'on',
  ttlS: 20,
  loopWaitS: 5,
  retryTimeoutS: 5,
  failsafeMode: false,
  maximumLagOnFailoverBytes: 1_048_576,
  parameters: {},
}

/**
 * Why Patroni would not run with these times as they are: it lowers them silently (patroni/config.py), and a run would
 * measure something else. null when it would.
 */
export function timingProblem({
  ttlS,
  loopWaitS,
  retryTimeoutS,
}: Pick<ClusterSettings, 'ttlS' | 'loopWaitS' | 'retryTimeoutS'>): string | null {
  if (loopWaitS + 2 * retryTimeoutS <= ttlS) return null
  return `loop_wait + 2 * retry_timeout must not exceed ttl: ${loopWaitS} + 2 * ${retryTimeoutS} > ${ttlS}`
}

/**
 * Why the cluster is not fully redundant; empty when it is: one primary that owns the lease, all standbys streaming on
 * its timeline, the sync set complete, every DCS member up.
 */
export function healthProblems(state: ClusterState, settings: ClusterSettings): readonly string[] {
  const problems: string[] = []
  for (const member of state.members) {
    if (member.container !== 'running') problems.push(`${member.name}: container ${member.container}`)
    else if (member.state === null) problems.push(`${member.name}: Patroni does not answer`)
    else if (member.role === 'unknown') problems.push(`${member.name}: PostgreSQL is ${member.state}`)
    else if (member.role !== 'primary' && member.state !== 'streaming')
      problems.push(`${member.name}: ${member.state}, not streaming`)
    else if (state.timeline !== null && member.timeline !== null && member.timeline !== state.timeline)
      problems.push(`${member.name}: on timeline ${member.timeline}, the primary on ${state.timeline}`)
  }
  for (const dcs of state.dcs)
    if (!dcs.healthy)
      problems.push(`${dcs.name}: ${dcs.container === 'running' ? 'not healthy' : `container ${dcs.container}`}`)
  const primaries = state.members.filter(member => member.role === 'primary').map(member => member.name)
  if (primaries.length === 0) problems.push('no primary')
  if (primaries.length > 1) problems.push(`${primaries.length} primaries: ${primaries.join(', ')}`)
  if (state.primary !== null && state.lease.owner !== state.primary)
    problems.push(`the lease is held by ${state.lease.owner ?? 'nobody'}, the primary is ${state.primary}`)
  if (state.paused) problems.push('Patroni is in maintenance mode (pause)')
  // A cluster of one node has no standby that could be synchronous.
  const wantedSync = settings.synchronousMode === 'off' || state.members.length < 2 ? 0 : 1
  if (state.syncStandbys.length < wantedSync) problems.push('no synchronous standby registered')
  return problems
}
