// A scenario: typed data that says what the cluster is, what load runs, what breaks when, and what is owed.
// Invariant: plain data, no functions, so that it can be printed, stored and planned. Not here: how a fault is done
// (src/faults).
import type {ArchiveMode} from './backup.ts'
import type {MoveStep, StaleClientStep} from './shard-move.ts'
import type {ClusterSettings} from './topology.ts'

/**
 * Who a fault hits; resolved against the live cluster when the fault is injected. `member`/`dcs` name one by its
 * service name.
 */
export type Target = {readonly select: Selector} | {readonly select: 'named'; readonly name: string}

/** What a fault can be aimed at without the name of a node. */
export const selectors = [
  'primary',
  'sync-standby',
  'standby',
  'standbys',
  'members',
  'dcs-leader',
  'dcs-majority',
  'dcs-all',
] as const
export type Selector = (typeof selectors)[number]

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

/**
 * A fault that cannot be healed: only a restore, a rebuild or bringing a table back undoes it. The victim table is the
 * experiment's own, with rows, an index and a sequence; the ledger is what the load writes.
 */
export type Disaster =
  | {readonly kind: 'drop-table'}
  | {readonly kind: 'update-without-where'}
  /** The primary is killed and everything on its volume is gone. */
  | {readonly kind: 'lose-primary-volume'}
  /** A byte of a page of the victim table changes on the primary's disk, beside PostgreSQL. */
  | {readonly kind: 'corrupt-page'}
  /** All members of all shards, their volumes and the DCS are gone at one moment: only the archive is left. */
  | {readonly kind: 'lose-cluster'}
  /** All members of one shard are killed, and everything on their volumes is gone; the others go on. */
  | {readonly kind: 'lose-shard'}

/** What a control does to the restore or to the archive, so that verification must say no. */
export type Sabotage =
  /** The bad transaction is restored too. */
  | {readonly kind: 'one-late'}
  /** One good transaction before it is left out. */
  | {readonly kind: 'one-early'}
  /** `after-plan`: the plan was sound; the archive loses the segment while it is carried out. */
  | {readonly kind: 'segment-missing'; readonly when: 'before-plan' | 'after-plan'}
  | {readonly kind: 'byte-flipped'}

/**
 * Where a restore is to end: just before the disaster, found in the WAL by hl itself; as far as the archive goes; all
 * shards of a lab at the newest barrier that each of them can be restored to.
 */
export const recoveryTargets = ['before-disaster', 'latest', 'barrier'] as const
export type RecoveryTarget = (typeof recoveryTargets)[number]

/** What a control does to the rows of a sharded lab by hand, past its library, so that a checker must say no. */
export const plants = [
  'row-on-wrong-shard',
  'half-transaction',
  'row-on-both-shards',
  'row-changed',
  'row-missing',
] as const
export type Plant = (typeof plants)[number]

/** Each kind has a file in src/experiment/steps. */
export type Step =
  | {readonly kind: 'hold'; readonly forMs: number; readonly as: 'baseline' | 'fault' | 'aftermath'}
  | {readonly kind: 'inject'; readonly id: string; readonly fault: FaultSpec}
  /** `id` of one inject step, or `all`. */
  | {readonly kind: 'heal'; readonly id: string}
  | {readonly kind: 'await'; readonly until: Condition; readonly withinMs: number}
  /** `to` absent: Patroni chooses. */
  | {readonly kind: 'switchover'; readonly to?: Target}
  | {readonly kind: 'backup'; readonly backup: 'full' | 'incremental'}
  /**
   * A full backup of a standby that copies files when the primary is killed. It may fail by name, and may not be listed
   * then; the next one must work.
   */
  | {readonly kind: 'backup-during-failover'}
  /** A recovery copy that follows the archive, so long behind. */
  | {readonly kind: 'delayed-copy'; readonly delayMs: number}
  /** A point over all shards that no transaction straddles. */
  | {readonly kind: 'barrier'}
  | {readonly kind: 'disaster'; readonly disaster: Disaster}
  | {readonly kind: 'sabotage'; readonly sabotage: Sabotage}
  | {readonly kind: 'restore'; readonly target: RecoveryTarget; readonly into: 'new-lab' | 'in-place' | 'running-lab'}
  /**
   * The victim table alone, out of a copy that is made for it or one that followed with a delay; the cluster goes on.
   */
  | {readonly kind: 'recover-table'; readonly from: 'archive' | 'delayed-copy'}
  /** The cluster goes on from the members that are well; the one that was hit is rebuilt. */
  | {readonly kind: 'rebuild'}
  /** Taken away again once it was looked at. */
  | {readonly kind: 'plant'; readonly what: Plant}
  /**
   * A client of its own stops in the middle of a commit over two shards, of which the first cluster is the coordinator:
   * the participant is prepared, or the coordinator has decided.
   */
  | {readonly kind: 'begin-commit'; readonly at: 'prepared' | 'decided'}
  /** That client is killed. */
  | {readonly kind: 'kill-client'}
  /** What is left prepared is ended as far as it is decided. */
  | {readonly kind: 'resolve-in-doubt'}
  /** Groups go from shard to shard; the map is afterwards what it was before. */
  | MoveStep
  | StaleClientStep
export type StepKind = Step['kind']
export type StepOf<K extends StepKind> = Extract<Step, {readonly kind: K}>

/** Rates are per second; the load is open-loop, so an operation is due whether or not the last one came back. */
export interface LoadSpec {
  readonly writesPerSecond: number
  readonly transfersPerSecond: number
  readonly primaryReadsPerSecond: number
  readonly standbyReadsPerSecond: number
  /** Per node, never through the router. */
  readonly pinnedWritesPerSecond: number
  /** Over all shards, every other one with leave to leave out what is down; absent: none. */
  readonly scatterReadsPerSecond?: number
  /** Of a load over shards: this share of the writes (0..1) is one user's; absent: all alike. */
  readonly hotUserShare?: number
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
  /** Acknowledged and missing afterwards: RPO of a loss, precision of a point-in-time restore. */
  readonly lostWritesMax?: number
  /** Failed or unknown writes; a planned switchover owes 0. */
  readonly writeErrorsMax?: number
  readonly longestStallMsMax?: number
  /** Good writes after a bad statement that a point-in-time restore takes with it. */
  readonly collateralMax?: number
}
export const objectiveNames = [
  'rtoMsMax',
  'lostWritesMax',
  'collateralMax',
  'writeErrorsMax',
  'longestStallMsMax',
] as const
export type ObjectiveName = (typeof objectiveNames)[number]

/** A cluster that the experiment needs. */
export interface ClusterSpec {
  readonly name: string
  /** Laid over the settings in effect. */
  readonly settings: Partial<ClusterSettings>
  /** How WAL gets into the lab's archive; `none`: the scenario needs no archive. */
  readonly archive: ArchiveMode
}

/** What must come of the run. */
export type Expectation =
  /** The cluster, or what is restored of it, works again. */
  | {readonly kind: 'recovery'}
  /**
   * hl must refuse to restore, with this code, and change nothing. `saying`: the source of a regular expression that
   * the message must match, since a code has many causes.
   */
  | {readonly kind: 'refusal'; readonly code: string; readonly saying?: string}
  /** A control: exactly these checks must reject the run. */
  | {readonly kind: 'failing-checks'; readonly checks: readonly string[]}

export interface Scenario {
  readonly name: string
  /** Which command runs it: `hl failover` or `hl drill`. */
  readonly kind: 'failover' | 'recovery'
  readonly summary: string
  /** What should happen and why, for `hl scenarios show`. */
  readonly rationale: string
  readonly expect: Expectation
  readonly failover: 'required' | 'forbidden' | 'allowed'
  /** Of one that spans the shards of a lab: how many members each has at least. */
  readonly sharded?: {readonly nodes: number}
  /**
   * The load writes to the first; a `restore` into a new lab makes the second. Of a sharded one: its shards, to all of
   * which the load writes; steps are about the first, but for backups, barriers and restores into a new lab, which are
   * of all.
   */
  readonly clusters: readonly [ClusterSpec, ...ClusterSpec[]]
  readonly load: Partial<LoadSpec>
  readonly steps: readonly Step[]
  readonly objectives: Objectives
}

/** What kind of run it is, as reports say it. `quiet`: nothing is disturbed, so no failover may happen. */
export type Nature = 'fault' | 'planned' | 'quiet' | 'recovery' | 'refusal' | 'control'

/** Follows from what is expected and from the steps. */
export function natureOf({expect, steps}: Pick<Scenario, 'expect' | 'steps'>): Nature {
  if (expect.kind === 'failing-checks') return 'control'
  if (expect.kind === 'refusal') return 'refusal'
  const kinds = new Set(steps.map(({kind}) => kind))
  if (kinds.has('disaster') || kinds.has('restore') || kinds.has('backup-during-failover')) return 'recovery'
  if (kinds.has('inject')) return 'fault'
  return kinds.has('switchover') ? 'planned' : 'quiet'
}

/** The first step of a kind; null where the scenario has none. */
export function stepOf<K extends StepKind>(steps: readonly Step[], kind: K): StepOf<K> | null {
  return steps.find((step): step is StepOf<K> => step.kind === kind) ?? null
}

/**
 * Does a whole cluster come back from the archive? Otherwise the cluster goes on, and nothing of it may be lost at any
 * time.
 */
export function comesBackWhole(steps: readonly Step[]): boolean {
  return stepOf(steps, 'restore') !== null
}

/**
 * Is a bad statement undone by going back in time? A loss is not, and neither is a table brought back into a cluster
 * that goes on.
 */
export function isPointInTime(steps: readonly Step[]): boolean {
  const disaster = stepOf(steps, 'disaster')?.disaster.kind
  return comesBackWhole(steps) && (disaster === 'drop-table' || disaster === 'update-without-where')
}

/** Does one shard come back from the archive beside others that keep what they have? */
export function comesBackAlone({sharded, steps}: Pick<Scenario, 'sharded' | 'steps'>): boolean {
  return sharded !== undefined && stepOf(steps, 'restore')?.into === 'in-place'
}

/** The steps that bring back what a disaster took. */
export function isWayBack(step: Step | null): boolean {
  return step?.kind === 'restore' || step?.kind === 'recover-table' || step?.kind === 'rebuild'
}
