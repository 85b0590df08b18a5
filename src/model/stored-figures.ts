// What stored runs come to together: one figure for each run, error budgets over them, and how they change with time.
// Invariant: what is not known of a run is told as unknown, never as good. Not here: how it is computed (src/measure)
// or shown (src/report).
import type {RtoBounds} from './rto.ts'
import type {LoadPath} from './report.ts'
import type {Verdict} from './verdict.ts'

/** `bounds` null: nobody knows anything of it. */
export type RtoSeen =
  | {readonly kind: 'measured'; readonly ms: number}
  | {readonly kind: 'never'}
  | {readonly kind: 'unknown'; readonly bounds: RtoBounds | null}

/** What one stored run says. */
export interface RunFigure {
  readonly run: string
  /** null: the run cannot be read. */
  readonly scenario: string | null
  readonly through: LoadPath | null
  readonly startedAt: string | null
  readonly verdict: Verdict | 'cut-off' | 'unreadable'
  /** It had to be rejected, or refused: it says nothing of a service. */
  readonly isControl: boolean
  /** How long writes failed in all; `isOver` false: at least, since they failed to the end. null: not known. */
  readonly outage: {readonly ms: number; readonly isOver: boolean} | null
  /** null: nothing was to come back. */
  readonly rto: RtoSeen | null
  readonly rtoLimitMs: number | null
  /** Acknowledged writes that are gone; null: not known, or nothing is owed. */
  readonly lost: number | null
  readonly lostLimit: number | null
}

export type SloName = 'availability' | 'rto' | 'rpo'

/** One objective, and what of its budget is spent. */
export interface SloResult {
  readonly name: SloName
  /** Share, 0..1: of the time in which writes succeed, or of the runs that keep their limit. */
  readonly target: number
  /** Runs that kept it, that did not, and of which it is not known. Of availability: without an outage, with one. */
  readonly good: number
  readonly bad: number
  readonly unknown: number
  /** What may be spent and what is, in ms of outage or in runs; `unknown` is not in `spent`. */
  readonly unit: 'ms' | 'runs'
  readonly allowed: number
  readonly spent: number
  /** `spent` is at least that: a run never recovered. */
  readonly isLeast: boolean
  /** unknown: it depends on what is not known, or nothing was counted. */
  readonly verdict: Verdict
}

/** What of the runs of one scenario went into the budgets. */
export interface SloScenario {
  readonly scenario: string
  readonly runs: number
  readonly unknown: number
  /** Of those that are known. */
  readonly outageMs: number
  readonly lost: number
}

export interface SloReport {
  /** Runs that began then are counted, ISO 8601. */
  readonly from: string
  readonly to: string
  readonly counted: number
  /** Controls and refusals. */
  readonly leftOut: number
  readonly objectives: readonly SloResult[]
  readonly scenarios: readonly SloScenario[]
  readonly verdict: Verdict
}

/** A run in a trend. */
export interface TrendPoint {
  readonly run: string
  readonly startedAt: string | null
  readonly rto: RtoSeen
  readonly lost: number | null
}

/** The runs of one scenario through one access path, oldest first. */
export interface Trend {
  readonly scenario: string
  readonly through: LoadPath
  readonly points: readonly TrendPoint[]
  readonly never: number
  readonly unknown: number
  /** Medians of the older and of the newer half of what is known; null: there are too few. */
  readonly halves: {readonly earlier: RtoSeen; readonly later: RtoSeen} | null
  readonly limitMs: number | null
  readonly lost: number
}
