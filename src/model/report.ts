// The report object: the one shape behind text, Markdown, HTML, JUnit and JSON. Its core is fixed by docs/measuring.md.
// Invariant: only additions within a schemaVersion. Not here: how it is computed (src/measure) or shown (src/report).
import type {FinalState} from './history.ts'
import type {Asked, Origin} from './plan.ts'
import type {RecoveryPhaseName, RecoveryRecord, Refusal, RestoreFacts} from './recovery-record.ts'
import type {LoadSpec, Nature, ObjectiveName, Scenario, AccessPathName} from './scenario.ts'
import type {ClusterSettings, Role} from './topology.ts'
import type {Rto, RtoPartName} from './rto.ts'
import type {RunEvent} from './run-event.ts'
import type {ShardsReport} from './shards-report.ts'
import type {Check, Verdict} from './verdict.ts'

export const schemaVersion = 1

/** How the load reached the cluster. `service`: it was the requests of somebody's own service, which found its way. */
export type LoadPath = AccessPathName | 'service'

export interface Rpo {
  readonly transactions: number
  readonly seconds: number
  /** Newest acknowledged minus newest surviving. */
  readonly secondsBehind: number
  /** null when the old primary's last position was not seen. */
  readonly bytes: number | null
  /** Acknowledged within the second before t_fault: what could have been lost. */
  readonly atRisk: number
  /** Upper bound of the share of losing trials at 95 % when none was lost: 3/n (rule of three). */
  readonly upperBound: number | null
  /** The rate of writes before the loss, per second. */
  readonly acknowledgedPerSecond: number
}

/**
 * Of a point-in-time restore: good writes before the bad statement that are missing (must be 0), those that were under
 * way beside it, those after it that it took, and those after it that are there.
 */
export interface PointInTime {
  readonly missing: number
  readonly beside: number
  readonly collateral: number
  readonly keptAfter: number
}

/** A moment for the charts. `text`: for people, without the time. */
export interface Mark {
  readonly what: 'backup' | 'barrier' | 'disaster' | 'restore' | 'first-write' | 'redundant'
  readonly atMs: number
  readonly text: string
}

/** A phase of a recovery as it was measured, ms of the run's clock. */
export interface RecoveryPhase {
  readonly name: RecoveryPhaseName
  readonly fromMs: number
  readonly toMs: number
}

export interface WriteCounts {
  readonly attempted: number
  readonly acknowledged: number
  readonly acknowledgedLocalOnly: number
  readonly failed: number
  readonly late: number
  readonly unknown: {readonly found: number; readonly absent: number; readonly unknowable: number}
  readonly lost: number
  readonly duplicated: number
  readonly phantom: number
  readonly resurrected: number
  /** Ids of lost writes, oldest first, at most 1,000. */
  readonly lostIds: readonly number[]
}

export interface ReadCounts {
  readonly attempted: number
  readonly ok: number
  readonly stale: number
  readonly staleMsMax: number
  readonly staleVersionsMax: number
  readonly nonMonotonic: number
  readonly readYourWrites: number
}

export interface SplitBrain {
  /**
   * ms during which two nodes called themselves primary / accepted writes / acknowledged writes on different timelines.
   */
  readonly reportedMs: number
  readonly writableMs: number
  readonly acknowledgedMs: number
  readonly pairs: readonly {readonly a: string; readonly b: string; readonly acknowledged: number}[]
}

export interface Warning {
  readonly code: string
  readonly detail: string
  readonly next: string
}

export interface ObjectiveResult {
  readonly name: ObjectiveName
  readonly limit: number
  readonly actual: number | null
  readonly met: boolean
}

/**
 * Nearest rank over all trials; null stands for infinity (a trial that never recovered is counted, and JSON has no
 * Infinity).
 */
export interface Distribution {
  readonly min: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly max: number | null
}

export interface HostFacts {
  readonly cpus: number
  readonly memoryMb: number
  readonly os: string
  readonly docker: string
  readonly cpuBusyPctMax: number | null
  readonly stealPctMax: number | null
  readonly pressurePctMax: number | null
}

/** One second of the run, for the charts. */
export interface TimelinePoint {
  readonly atMs: number
  readonly writesOk: number
  readonly writesBad: number
  readonly readsOk: number
  readonly p99Ms: number | null
}

export interface RoleSpan {
  readonly node: string
  readonly role: Role
  readonly fromMs: number
  readonly toMs: number
}

/** A shard's primary and its timeline at one moment; `primary` null: every member said that it is none. */
export interface ShardMoment {
  readonly primary: string | null
  readonly timeline: number | null
}

/** A shard of the lab that a run was not about; null: it could not be looked at, or not yet. */
export interface OtherShard {
  readonly name: string
  readonly before: ShardMoment | null
  readonly after: ShardMoment | null
}

export interface Report {
  readonly schemaVersion: typeof schemaVersion
  readonly run: string
  readonly command: 'failover' | 'drill'
  readonly scenario: string
  readonly summary: string
  readonly nature: Nature
  /** Controls and refusals: did what must say no say no, and nothing else? */
  readonly controlHeld: boolean | null
  readonly seed: number
  readonly startedAt: string
  readonly through: LoadPath
  /** Of `direct` only: the node that the load knew. */
  readonly directTo?: string
  /** Absent: not known. */
  readonly asked?: Asked
  readonly origin?: Origin
  /** The shard that it was about, and of a load over shards how all of them served; absent of one cluster. */
  readonly shard?: string
  readonly shards?: ShardsReport
  readonly verdict: Verdict
  readonly rto: Rto | null
  /**
   * null where nothing is owed: of a refusal, of a point-in-time restore, and where the final state could not be read
   * after a disaster.
   */
  readonly rpo: Rpo | null
  readonly pointInTime: PointInTime | null
  readonly restore: RestoreFacts | null
  readonly refusal: Refusal | null
  /** Empty without a recovery. */
  readonly phases: readonly RecoveryPhase[]
  readonly marks: readonly Mark[]
  readonly writes: WriteCounts
  readonly transfers: {
    readonly attempted: number
    readonly acknowledged: number
    readonly unknown: number
    readonly totalDiffers: number | null
  }
  readonly readsPrimary: ReadCounts
  readonly readsStandby: ReadCounts
  readonly splitBrain: SplitBrain
  readonly longestStallMs: number
  readonly checks: readonly Check[]
  readonly objectives: readonly ObjectiveResult[]
  readonly warnings: readonly Warning[]
  readonly timeline: readonly TimelinePoint[]
  readonly roles: readonly RoleSpan[]
  readonly events: readonly RunEvent[]
  readonly config: EffectiveConfig
  readonly host: HostFacts
  readonly files: Readonly<Record<string, string>>
  readonly trials: TrialSummary | null
}

export interface TrialSummary {
  readonly n: number
  readonly rtoMs: Distribution | null
  readonly parts: Readonly<Partial<Record<RtoPartName, Distribution>>>
  readonly timeToRedundancyMs: Distribution | null
  readonly verdicts: Readonly<Record<Verdict, number>>
  /** Trials that never recovered: counted, never dropped. */
  readonly neverRecovered: number
  /** Trials whose RTO is not known: in `n`, and not in the distribution. Absent: none. */
  readonly unmeasured?: number
  readonly lost: number
  readonly acknowledged: number
  /** rtoMs null: never recovered. */
  readonly outliers: readonly {readonly trial: number; readonly rtoMs: number | null; readonly reason: string}[]
  readonly runs: readonly {
    readonly run: string
    readonly trial: number
    readonly verdict: Verdict
    readonly rtoMs: number | null
    /** Its RTO is not known: nobody saw, or nothing was written. */
    readonly unmeasured?: true
    readonly lost: number
    /** Absent: not kept then. */
    readonly startedAt?: string
    readonly curve?: TrialCurve
  }[]
}

/** Ok writes of each second of a trial, from `fromMs` on; 0 is its fault or disaster, else the outage's begin. */
export interface TrialCurve {
  readonly fromMs: number
  readonly writesOk: readonly number[]
}

/** As read back from Patroni, not as asked for. */
export interface EffectiveConfig {
  readonly settings: ClusterSettings
  readonly load: LoadSpec
  readonly versions: Readonly<Record<string, string>>
  /** GET /config of Patroni, as it came. */
  readonly patroni: Readonly<Record<string, unknown>>
  readonly dataChecksums: boolean | null
  readonly fsync: boolean | null
}

/** Of a file as it was when the run ended. */
export interface FileDigest {
  readonly lines: number
  readonly sha256: string
}

/** What a run folder holds besides events.ndjson and history.ndjson: enough to judge the run again. */
export interface RunRecord {
  readonly schemaVersion: typeof schemaVersion
  readonly run: string
  readonly scenario: Scenario
  readonly seed: number
  readonly trial: number
  readonly startedAt: string
  readonly through: LoadPath
  /** Of `direct` only: the node that the load knew. */
  readonly directTo?: string
  /** Absent: not known. */
  readonly asked?: Asked
  readonly origin?: Origin
  /** The shard that it was about, and the others; absent in a lab of one cluster. */
  readonly shard?: string
  readonly otherShards?: readonly OtherShard[]
  /** Of requests of a service: checks, by name, of what nobody was asked to look at. */
  readonly notJudged?: readonly string[]
  readonly config: EffectiveConfig
  readonly host: Pick<HostFacts, 'cpus' | 'memoryMb' | 'os' | 'docker'>
  /**
   * What the load from the start wrote, as the cluster holds it in the end (the restored one where one came back). null
   * while the run is going or when it was killed before its end.
   */
  readonly final: FinalState | null
  /** null where the scenario has no step of a recovery. */
  readonly recovery: RecoveryRecord | null
  /** The files that belong to this record; absent while the run is going on, and of one that was cut off. */
  readonly stored?: {readonly events: FileDigest; readonly history: FileDigest}
}
