// How long clients could not write, and where that time went. Definitions: docs/measuring.md. Invariant: only additions
// within a schemaVersion. Not here: how it is computed (src/measure) or shown (src/report).
import type {RecoveryPhaseName} from './recovery-record.ts'

/** In the order in which they follow each other. */
export const failoverPartNames = [
  'before-fault',
  'shutdown',
  'detect',
  'held',
  'elect',
  'promote',
  'restart',
  'sync-wait',
  'reroute',
  'unattributed',
] as const
export type FailoverPartName = (typeof failoverPartNames)[number]
/** Of a failover, or the phases of a recovery. */
export type RtoPartName = FailoverPartName | RecoveryPhaseName
export interface RtoPart {
  readonly name: RtoPartName
  readonly ms: number
}

/** An RTO of which a part was not seen lies between these. `mostMs` null: nobody saw an end. */
export interface RtoBounds {
  readonly leastMs: number
  readonly mostMs: number | null
}

/** Infinity is stored as null in JSON: `recovered` false says so, where there are no bounds. */
export interface Rto {
  /**
   * From the last ok write before the outage to the first ok write of the unbroken run after it; null when it never
   * recovered, and when it is not known (`bounds`).
   */
  readonly ms: number | null
  /** False: it was seen not to, or nobody saw it (`bounds`). */
  readonly recovered: boolean
  /** Only where the RTO is not known: the load did not look for a part of it. */
  readonly bounds?: RtoBounds
  readonly parts: readonly RtoPart[]
  readonly timeToRedundancyMs: number | null
  readonly timeToFirstErrorMs: number | null
  /** t_fault -> first ok write afterwards. */
  readonly fromFaultMs: number | null
  /** Share of 100 ms buckets without an ok write, between t_fault and the end of the load. */
  readonly unavailableShare: number
  /** After the first ok write: until p99 of a second is below twice the baseline; null when it never was. */
  readonly brownOutMs: number | null
  readonly readsPrimaryMs: number | null
  readonly readsStandbyMs: number | null
  readonly outages: readonly {readonly fromMs: number; readonly toMs: number | null}[]
  /** Resolution of the probes that the parts come from. */
  readonly resolutionMs: number
  /** Of a recovery: what earlier runs let expect; null when there was none, and of a failover. */
  readonly predictedMs: number | null
}
