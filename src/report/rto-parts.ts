// Where the outage went: each part with its share and a note that says what was waited for, taken from the events and
// the settings in effect.
// Invariant: a note claims no more than the events show. Not here: how the parts are computed (src/measure).
import type {RtoPart, Report, Rto} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {formatMs} from '../model/time.ts'
import {reroutedBy} from './access-path.ts'

export interface ExplainedPart extends RtoPart {
  /** Of the sum of all parts; 0 when that is 0. */
  readonly share: number
  readonly note: string
}

/** `11.84 s`, `never recovered`, or that there was no outage to measure. */
export function rtoText(rto: Rto | null): string {
  if (rto === null) return 'no outage'
  return rto.ms === null || !rto.recovered ? 'never recovered' : formatMs(rto.ms)
}

/** A duration of a distribution, where null stands for infinity: `never`. */
export function endlessMs(ms: number | null): string {
  return formatMs(ms ?? Infinity)
}

/** The parts in order, with notes; parts of nothing are left out. */
export function explainParts(report: Report): readonly ExplainedPart[] {
  const parts = report.rto?.parts ?? []
  const sum = parts.reduce((total, part) => total + part.ms, 0)
  return parts
    .filter(part => part.ms > 0)
    .map(part => ({...part, share: sum === 0 ? 0 : part.ms / sum, note: partNote(report, part)}))
}

/** The longest part; null when there are none. */
export function longestPart(parts: readonly ExplainedPart[]): ExplainedPart | null {
  return parts.reduce<ExplainedPart | null>(
    (longest, part) => (longest === null || part.ms > longest.ms ? part : longest),
    null,
  )
}

function partNote(report: Report, part: RtoPart): string {
  const after = sinceOutage(report)
  switch (part.name) {
    case 'before-fault':
      return 'last ok write until the fault took effect'
    case 'detect':
      return detectNote(report, part.ms, after)
    case 'elect':
      return leaseTaken(after) ?? 'until the lease had a new owner'
    case 'promote':
      return promoted(after) ?? 'until the new primary accepted writes'
    case 'reroute':
      return reroutedBy(report)
    case 'unattributed':
      return 'no event explains it'
    default:
      return part.name satisfies never
  }
}

/** When the outage that is the RTO began; null when there was none. */
function outageStartMs({rto}: Report): number | null {
  const lengthMs = ({fromMs, toMs}: Rto['outages'][number]): number => (toMs ?? Infinity) - fromMs
  const longest = (rto?.outages ?? []).reduce<Rto['outages'][number] | null>(
    (a, b) => (a === null || lengthMs(b) > lengthMs(a) ? b : a),
    null,
  )
  return longest?.fromMs ?? null
}

/** Events since then: a run can hold several faults, and a switchover is none. */
function sinceOutage(report: Report): readonly RunEvent[] {
  const startMs = outageStartMs(report)
  return startMs === null ? report.events : report.events.filter(event => event.atMs >= startMs)
}

/** When detection ended: whatever is seen later did not end it. */
function detectedMs(report: Report): number {
  const parts = report.rto?.parts ?? []
  const upTo = parts.slice(0, parts.findIndex(part => part.name === 'detect') + 1)
  return upTo.reduce((sum, part) => sum + part.ms, outageStartMs(report) ?? Infinity)
}

/** Parts are whole milliseconds, events are not. */
const roundingMs = 2

/**
 * An owner renews its lease once per loop_wait, so a lease left alone lives ttl - loop_wait .. ttl after the fault;
 * less means it was given up.
 */
function detectNote(report: Report, ms: number, after: readonly RunEvent[]): string {
  const {ttlS, loopWaitS} = report.config.settings
  const change = after.find(event => event.kind === 'lease.changed' && event.from !== null)
  if (change?.kind !== 'lease.changed') return `until the lease was lost or a fence acted (ttl ${ttlS} s)`
  if (change.atMs > detectedMs(report) + roundingMs)
    return `a fence acted before ${change.from ?? 'its owner'}'s lease (ttl ${ttlS} s) was gone`
  const ranOut = ms >= (ttlS - loopWaitS) * 1_000 - (report.rto?.resolutionMs ?? 0)
  return ranOut
    ? `${change.from ?? 'its owner'}'s lease (ttl ${ttlS} s) had to expire`
    : `${change.from ?? 'its owner'} lost the lease before its ttl of ${ttlS} s ran out`
}

function leaseTaken(after: readonly RunEvent[]): string | null {
  const taken = after.find(event => event.kind === 'lease.changed' && event.to !== null)
  return taken?.kind === 'lease.changed' && taken.to !== null ? `${taken.to} took the lease` : null
}

function promoted(after: readonly RunEvent[]): string | null {
  const writable = after.find(event => event.kind === 'node.writable')
  if (writable?.kind !== 'node.writable') return null
  return `${writable.node} accepted writes${writable.timeline === null ? '' : `, timeline ${writable.timeline}`}`
}
