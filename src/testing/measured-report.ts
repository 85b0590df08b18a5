// What `measure` gives: the figures that a test asserts, and the whole report in every form. Invariant: what was not
// looked at is `unknown`, what was not seen is null, and neither is ever 0. Not here: how it is judged
// (judge-requests.ts).
import {percentile} from '../measure/stats.ts'
import {acknowledged, lateAfterMs, type Op} from '../model/history.ts'
import type {Report} from '../model/report.ts'
import type {RtoBounds, RtoPart} from '../model/rto.ts'
import type {Check, Verdict} from '../model/verdict.ts'
import {redact} from '../report/redact.ts'
import {rtoText} from '../report/rto-parts.ts'
import {toHtml} from '../report/to-html.ts'
import {toJunit} from '../report/to-junit.ts'
import {toMarkdown} from '../report/to-markdown.ts'
import type {Verified} from './judge-requests.ts'

/** What became of the requests. */
export interface RequestFigures {
  /** All that were due. */
  readonly total: number
  /** All that went well. */
  readonly ok: number
  /** All that did not go well: refused, broken off, or without an answer at their deadline. */
  readonly failed: number
  /** Of the failed ones those that may have been carried out all the same: no answer, or one that does not say. */
  readonly unknown: number
  /** Sent more than 100 ms after they were due: the host was busy. */
  readonly late: number
  /** From when a request was due to its answer, of those that went well; null: there were none. */
  readonly latencyMs: {readonly p50: number | null; readonly p95: number | null; readonly max: number | null}
  /** What was said of the first one that failed; null: none did. */
  readonly firstError: string | null
}

/** What was promised, and what of it is there. */
export interface WriteFigures {
  /** Requests that went well. */
  readonly acknowledged: number
  /** Of these, what `verify` did not find. */
  readonly lost: number | 'unknown'
  /** Their ids, oldest first, at most 1,000. */
  readonly lostIds: readonly string[]
  /** Ids that `verify` found more than once. */
  readonly duplicated: number | 'unknown'
  /** Why not known; null: it is. */
  readonly why: string | null
}

/** How long the service was away, by the definitions of docs/measuring.md. */
export interface RtoFigures {
  /** 0: something was broken, and nobody noticed. null: not seen to come back, or not known; `why` says which. */
  readonly ms: number | null
  /** Why it is null; null: it is not. */
  readonly why: string | null
  /** Where not all of it was seen. */
  readonly bounds: RtoBounds | null
  /** Where the time went. */
  readonly parts: readonly RtoPart[]
  /** All of them; the longest is what `ms` is about. In ms since the measurement began. */
  readonly outages: readonly {readonly fromMs: number; readonly toMs: number | null}[]
}

export interface MeasuredInput {
  readonly report: Report
  readonly ops: readonly Op[]
  readonly verified: Verified
  readonly idOf: (number: number) => string
  readonly secrets: readonly string[]
  /** null: none was kept. */
  readonly folder: string | null
}

/** What the requests of a service went through while a test broke what is behind it. */
export class MeasuredReport {
  /** The whole report, of the shape of a scenario's. */
  readonly report: Report
  /** What became of the requests. */
  readonly requests: RequestFigures
  /** What was promised, and what of it is there. */
  readonly writes: WriteFigures
  /** How long the service was away. */
  readonly rto: RtoFigures
  /**
   * Its folder: the report in every form, what `hl runs show` and `hl runs check` read, the logs of the nodes. null:
   * none was kept (`keep`).
   */
  readonly folder: string | null
  readonly #secrets: readonly string[]

  /** Made by `measure`. */
  constructor(input: MeasuredInput) {
    this.report = input.report
    this.requests = requestFigures(input.ops)
    this.writes = writeFigures(input)
    this.rto = rtoFigures(input.report)
    this.folder = input.folder
    this.#secrets = input.secrets
  }

  /** pass, fail or unknown, of all checks and objectives together. */
  get verdict(): Verdict {
    return this.report.verdict
  }

  /** Of a lab of shards: the one that was broken, which the RTO is about; null of one cluster. */
  get shard(): string | null {
    return this.report.shard ?? null
  }

  /** What was claimed and assumed, each with what it saw. */
  get checks(): readonly Check[] {
    return this.report.checks
  }

  /** For a pull request or the summary of a CI job. */
  toMarkdown(): string {
    return redact(toMarkdown(this.report), this.#secrets)
  }

  /** For a CI system: a case for each check and objective. */
  toJunit(): string {
    return redact(toJunit(this.report), this.#secrets)
  }

  /** One file with the charts, which loads nothing. */
  toHtml(): string {
    return redact(toHtml(this.report), this.#secrets)
  }
}

function requestFigures(ops: readonly Op[]): RequestFigures {
  const good = ops.filter(acknowledged)
  const bad = ops.filter(op => !acknowledged(op)).toSorted((a, b) => a.completedMs - b.completedMs)
  const latencies = good.map(op => op.completedMs - op.dueMs).toSorted((a, b) => a - b)
  const rank = (share: number): number | null => rounded(percentile(latencies, share))
  const first = bad[0]?.error ?? null
  return {
    total: ops.length,
    ok: good.length,
    failed: bad.length,
    unknown: bad.filter(({outcome}) => outcome === 'unknown').length,
    late: ops.filter(op => op.invokedMs - op.dueMs > lateAfterMs).length,
    latencyMs: {p50: rank(0.5), p95: rank(0.95), max: rounded(latencies.at(-1) ?? null)},
    firstError: first === null ? null : `${first.message}${first.code === null ? '' : ` (${first.code})`}`,
  }
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms))

function writeFigures({report, ops, verified, idOf}: MeasuredInput): WriteFigures {
  const promised = ops.filter(acknowledged).length
  const why = unknownBecause(verified, promised)
  const {lost, lostIds, duplicated} = report.writes
  return {
    acknowledged: promised,
    lost: why === null ? lost : 'unknown',
    lostIds: lostIds.map(idOf),
    duplicated: why === null ? duplicated : 'unknown',
    why,
  }
}

function unknownBecause(verified: Verified, promised: number): string | null {
  if (verified.kind === 'not-asked') return 'nobody looked: measure() was given no verify'
  if (verified.kind === 'failed') return verified.why
  return promised === 0 ? 'no request went well, so nothing was promised' : null
}

function rtoFigures(report: Report): RtoFigures {
  const {rto} = report
  if (rto === null || report.writes.attempted === 0) {
    const why = report.writes.attempted === 0 ? 'no request was sent' : 'nothing was broken, and nothing stopped'
    return {ms: null, why, bounds: null, parts: [], outages: []}
  }
  const {ms, bounds = null, parts, outages} = rto
  const why = ms === null ? `${rtoText(rto)}${bounds === null ? '' : ': not all of it was seen'}` : null
  return {ms, why, bounds, parts, outages}
}
