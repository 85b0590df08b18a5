// A scenario: typed data that says what the cluster is, what load runs, what breaks when, and what is owed.
// Invariant: plain data, no functions, so that it can be printed, stored and planned. Not here: how a fault is done
// (src/faults).
import type {ClusterSettings} from './topology.ts'

/**
 * Who a fault hits; resolved against the live cluster when the fault is injected. `member`/`dcs` name one by its
 * service name.
 */
export type Target =
  | {
      readonly select:
        'primary' | 'sync-standby' | 'standby' | 'standbys' | 'members' | 'dcs-leader' | 'dcs-majority' | 'dcs-all'
    }
  | {readonly select: 'named'; readonly name: string}

/**
 * Who is on the far side of a cut. `members`: the other PostgreSQL nodes; `dcs`: etcd; `clients`: everybody else, hl
 * and pgpool included.
 */
export type Peer = 'members' | 'dcs' | 'clients'
export type Direction = 'both' | 'in' | 'out'

export type FaultSpec =
  | {readonly kind: 'kill-container'; readonly target: Target}
  | {readonly kind: 'stop-container'; readonly target: Target}
  | {readonly kind: 'pause-container'; readonly target: Target}
  | {readonly kind: 'kill-postgres'; readonly target: Target}
  | {readonly kind: 'kill-patroni'; readonly target: Target}
  | {readonly kind: 'partition'; readonly target: Target; readonly from: readonly Peer[]; readonly direction: Direction}
  | {readonly kind: 'promote-standby'; readonly target: Target}
export type FaultKind = FaultSpec['kind']

/**
 * `writable`: a second of unbroken ok writes through the load's own access path. `new-primary`: the lease has another
 * owner than before the newest fault. `healthy`: full redundancy. `dual-writable`: two nodes accept writes (only the
 * split-brain control waits for that).
 */
export type Condition = 'writable' | 'new-primary' | 'healthy' | 'dual-writable'

export type Step =
  | {readonly kind: 'hold'; readonly forMs: number; readonly as: 'baseline' | 'fault' | 'aftermath'}
  | {readonly kind: 'inject'; readonly id: string; readonly fault: FaultSpec}
  /** `id` of one inject step, or `all`. */
  | {readonly kind: 'heal'; readonly id: string}
  | {readonly kind: 'await'; readonly until: Condition; readonly withinMs: number}
  | {readonly kind: 'switchover'; readonly to: Target}

/** Rates are per second; the load is open-loop, so an operation is due whether or not the last one came back. */
export interface LoadSpec {
  readonly writesPerSecond: number
  readonly transfersPerSecond: number
  readonly primaryReadsPerSecond: number
  readonly standbyReadsPerSecond: number
  /** Per node, never through the router. */
  readonly pinnedWritesPerSecond: number
  /** After this long without a reply an operation is over: unknown when its bytes were sent, failed when not. */
  readonly deadlineMs: number
}

export const defaultLoad: LoadSpec = {
  writesPerSecond: 100,
  transfersPerSecond: 10,
  primaryReadsPerSecond: 50,
  standbyReadsPerSecond: 50,
  pinnedWritesPerSecond: 10,
  deadlineMs: 2_000,
}

/**
 * The ways that the load can take into the cluster. `multi-host`: a driver that is given every node and asks each for
 * its role, as target_session_attrs does.
 * `direct`: one address, that of the node which is primary when the run begins, whatever becomes of it.
 */
export const accessPaths = ['router', 'pgpool', 'multi-host', 'direct'] as const
export type AccessPathName = (typeof accessPaths)[number]

/** What the run owes. An absent field is not judged. */
export interface Objectives {
  readonly rtoMsMax?: number
  readonly lostWritesMax?: number
  /** Failed or unknown writes; a planned switchover owes 0. */
  readonly writeErrorsMax?: number
  readonly longestStallMsMax?: number
}

export interface Scenario {
  readonly name: string
  readonly kind: 'failover'
  readonly summary: string
  /** What should happen and why, for `hl scenarios show`. */
  readonly expectation: string
  /** `control`: must come out as fail, by the checks named; `quiet`: no failover may happen. */
  readonly nature: 'fault' | 'planned' | 'quiet' | 'control'
  /** Controls only: the names of the checks that must reject the run. */
  readonly mustFail?: readonly string[]
  readonly failover: 'required' | 'forbidden' | 'allowed'
  readonly cluster: {readonly profile: 'patroni-3'; readonly settings: Partial<ClusterSettings>}
  readonly load: Partial<LoadSpec>
  readonly steps: readonly Step[]
  readonly objectives: Objectives
}
