// What the charts mark: faults, steps and who held the lease, taken from the events. Invariant: times as the events
// have them, nothing guessed; what had not ended when the record ended reaches to its end. Not here: drawing (svg-*.ts,
// text-lanes.ts).
import type {Mark, Report} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'

export interface FaultMark {
  readonly id: string
  readonly describe: string
  readonly targets: readonly string[]
  readonly commandedMs: number
  /** t_fault; null when the effect was never seen. */
  readonly verifiedMs: number | null
  readonly healedMs: number | null
}

export interface Span {
  readonly label: string
  readonly fromMs: number
  readonly toMs: number
}

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, {kind: Kind}>

/** When the effect was there: the probe that saw it began then. */
function verifiedAfter(events: readonly RunEvent[], fault: string, atMs: number): number | null {
  return (
    events.find(
      (event): event is EventOf<'fault.verified'> =>
        event.kind === 'fault.verified' && event.fault === fault && event.atMs >= atMs,
    )?.sinceMs ?? null
  )
}

function healedAfter(events: readonly RunEvent[], fault: string, atMs: number): number | null {
  return (
    events.find(event => event.kind === 'heal.verified' && event.fault === fault && event.atMs >= atMs)?.atMs ?? null
  )
}

/** Every fault that was commanded, in order. */
export function faultMarks(events: readonly RunEvent[]): readonly FaultMark[] {
  return events
    .filter((event): event is EventOf<'fault.commanded'> => event.kind === 'fault.commanded')
    .map(event => ({
      id: event.fault,
      describe: event.describe,
      targets: event.targets,
      commandedMs: event.atMs,
      verifiedMs: verifiedAfter(events, event.fault, event.atMs),
      healedMs: healedAfter(events, event.fault, event.atMs),
    }))
}

/** `full backup at +5.0s`. */
export function markText({text, atMs}: Mark): string {
  return `${text} at +${(atMs / 1_000).toFixed(1)}s`
}

/** The steps of the run as spans. */
export function stepSpans(events: readonly RunEvent[], endMs: number): readonly Span[] {
  return events
    .filter((event): event is EventOf<'step.started'> => event.kind === 'step.started')
    .map(event => {
      const end = events.find(
        later =>
          (later.kind === 'step.done' || later.kind === 'step.failed') &&
          later.step === event.step &&
          later.atMs >= event.atMs,
      )
      return {label: event.label, fromMs: event.atMs, toMs: end?.atMs ?? endMs}
    })
}

export interface LeaseSpan {
  /** null: nobody held it. */
  readonly owner: string | null
  readonly fromMs: number
  readonly toMs: number
}

/** Who held the lease when; empty when no event tells. */
export function leaseSpans(events: readonly RunEvent[], startMs: number, endMs: number): readonly LeaseSpan[] {
  const changes = events.filter((event): event is EventOf<'lease.changed'> => event.kind === 'lease.changed')
  const observed = events.find((event): event is EventOf<'cluster.observed'> => event.kind === 'cluster.observed')
  const first = changes[0]
  if (first === undefined)
    return observed === undefined ? [] : [{owner: observed.leaseOwner, fromMs: startMs, toMs: endMs}]
  const spans: LeaseSpan[] = [{owner: first.from, fromMs: Math.min(startMs, first.atMs), toMs: first.atMs}]
  for (const [index, change] of changes.entries())
    spans.push({owner: change.to, fromMs: change.atMs, toMs: changes[index + 1]?.atMs ?? Math.max(endMs, change.atMs)})
  return spans.filter(span => span.toMs > span.fromMs)
}

/** When the run began whose body the report shows, the last of several trials; empty where that was not kept. */
export function bodyStartedAt({startedAt, trials}: Pick<Report, 'startedAt' | 'trials'>): string {
  return trials === null ? startedAt : (trials.runs.at(-1)?.startedAt ?? '')
}

const onceASecond: ReadonlySet<RunEvent['kind']> = new Set(['cluster.observed', 'load.window', 'host.sampled'])

/** The events that tell the story, without the samples taken once a second. */
export function tellingEvents(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.filter(event => !onceASecond.has(event.kind))
}
