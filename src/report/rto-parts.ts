// Where the time until the writes came back went, of a failover or a recovery: each part with its share and a note that
// says what was waited for or done, taken from the events, the settings in effect and what was restored.
// Invariant: a note claims no more than the run shows; every part has one (the compiler checks). Not here: how the
// parts are computed (src/measure).
import type {Report} from '../model/report.ts'
import type {RtoPart, Rto, RtoPartName} from '../model/rto.ts'
import type {RunEvent} from '../model/run-event.ts'
import {formatMs} from '../model/time.ts'
import {wordsOf} from './command-words.ts'
import {formatBytes} from '../model/quantity.ts'
import {reroutedBy} from './access-path.ts'

export interface ExplainedPart extends RtoPart {
  /** Of the sum of all parts; 0 when that is 0. */
  readonly share: number
  readonly note: string
}

/** `11.84 s`, `never recovered`, `between 1.50 s and 8.19 s` where not all was seen, or that there was no outage. */
export function rtoText(rto: Rto | null): string {
  if (rto === null) return 'no outage'
  if (rto.bounds !== undefined) {
    const {leastMs, mostMs} = rto.bounds
    return mostMs === null ? `at least ${formatMs(leastMs)}` : `between ${formatMs(leastMs)} and ${formatMs(mostMs)}`
  }
  return rto.ms === null || !rto.recovered ? 'never recovered' : formatMs(rto.ms)
}

/** `where the 12.00 s went`, or of what never came back: as far as it came. */
export function partsTitle(report: Pick<Report, 'command' | 'rto'>): string {
  const ms = report.rto?.ms ?? null
  return ms === null ? wordsOf(report).partsOfNever : `where the ${formatMs(ms)} went`
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
    .map(part => ({...part, share: sum === 0 ? 0 : part.ms / sum, note: partNotes[part.name](report, part)}))
}

/** The longest part; null when there are none. */
export function longestPart(parts: readonly ExplainedPart[]): ExplainedPart | null {
  return parts.reduce<ExplainedPart | null>(
    (longest, part) => (longest === null || part.ms > longest.ms ? part : longest),
    null,
  )
}

/** `probes every 100 ms`, where the parts come from probes; the phases of a recovery are timed where they happen. */
export function probesText({rto, phases}: Pick<Report, 'rto' | 'phases'>): string | null {
  return rto === null || rto.resolutionMs <= 0 || phases.length > 0
    ? null
    : `probes every ${formatMs(rto.resolutionMs)}`
}

type PartNote = (report: Report, part: RtoPart) => string

const partNotes: Readonly<Record<RtoPartName, PartNote>> = {
  'before-fault': () => 'last ok write until the fault took effect',
  'shutdown': () => 'PostgreSQL shut down, as it was told to',
  'detect': (report, part) =>
    report.command === 'drill' ? 'until the disaster was seen' : detectNote(report, part.ms, sinceOutage(report)),
  'held': report => heldNote(report),
  'elect': report => leaseTaken(sinceOutage(report)) ?? 'until the lease had a new owner',
  'promote': report =>
    report.command === 'drill'
      ? 'the promotion, new passwords and a clean shutdown'
      : (promoted(sinceOutage(report)) ?? 'until the new primary accepted writes'),
  'restart': () => 'until the same primary took writes again; the lease did not change hands',
  'sync-wait': () => 'commits waited for a synchronous standby, until Patroni took it off the list',
  'reroute': report => reroutedBy(report),
  'decide': () => 'until it was decided what to restore, and to where',
  'fail-over': () => 'until another member was the primary',
  'create': () => 'making containers: of the new lab, or of the copy',
  'set-aside': () => 'stopping the members and moving their data aside',
  'fetch': ({restore}, {ms}) =>
    restore === null
      ? 'copying the base backup'
      : `copying ${formatBytes(restore.copiedBytes)} of base backup${perSecond(restore.copiedBytes, ms)}`,
  'combine': () => 'making one backup of the chain (pg_combinebackup)',
  'compare': () => 'comparing the copy with its manifest (pg_verifybackup)',
  'locate': () => 'finding the bad transaction in the WAL',
  'start': () => 'until PostgreSQL had started and its data was consistent',
  'consistent': () => 'replaying the WAL that was written during the backup',
  'replay': ({restore}) =>
    restore === null
      ? 'replaying WAL up to the target'
      : `replaying WAL up to the target, ${formatBytes(restore.replayedBytes)} in all`,
  'bring-table': () => 'the table from the copy into the running cluster (pg_dump, pg_restore)',
  'take-over': () => 'until Patroni had made the restored member the primary',
  'reconcile': () => 'bringing the shard in line with the others, so that it serves again',
  'first-write': ({rto}) =>
    rto?.parts.some(({name}) => name === 'bring-table' || name === 'fail-over') === true
      ? 'reading all of the table, and a write to it'
      : "until a client's write was acknowledged through the router",
  'unattributed': report => wordsOf(report).unattributed,
}

function perSecond(bytes: number, ms: number): string {
  return bytes <= 0 || ms <= 0 ? '' : `, ${formatBytes((bytes / ms) * 1_000)}/s`
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

/** Nothing but the heal could end it: the time is the scenario's, not the cluster's. */
function heldNote(report: Report): string {
  const healed = sinceOutage(report).find(event => event.kind === 'heal.verified')
  const commanded = report.events.findLast(
    event => event.kind === 'fault.commanded' && healed?.kind === 'heal.verified' && event.fault === healed.fault,
  )
  return `until hl healed what it did${commanded?.kind === 'fault.commanded' ? `: ${commanded.describe}` : ''}`
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
