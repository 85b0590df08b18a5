// A run that a person ended: what had not come about by then is not judged, since nobody waited for it. PURE. Not here:
// what a run does at Ctrl-C (src/experiment).
import type {RunEvent} from '../model/run-event.ts'
import type {RtoBounds} from '../model/rto.ts'
import type {Check} from '../model/verdict.ts'
import type {CheckName} from './check-table.ts'
import {eventsOf, type EventOf} from './events-of.ts'

/** Claims that something comes about before the end. */
const claimsOfTheEnd: ReadonlySet<string> = new Set<CheckName>([
  'recovered',
  'way-back-ended',
  'conditions-met',
  'failover-happened',
  'restore-verified',
  'backup-used',
  'rto-within-limit',
])

/** null where nobody ended it, or only when a step had failed: that had been waited for. */
function interruptionOf(events: readonly RunEvent[]): EventOf<'run.interrupted'> | null {
  const [interrupted] = eventsOf(events, 'run.interrupted')
  return interrupted === undefined || eventsOf(events, 'step.failed').length > 0 ? null : interrupted
}

/** Of a run that was ended before an outage was: it lasted so long at least. null: nobody ended it. */
export function boundsOfInterrupted(events: readonly RunEvent[], fromMs: number): RtoBounds | null {
  const interrupted = interruptionOf(events)
  return interrupted === null ? null : {leastMs: Math.max(0, Math.round(interrupted.atMs - fromMs)), mostMs: null}
}

/** Not judged is not failed. */
export function withoutTheEnd(checks: readonly Check[], events: readonly RunEvent[]): readonly Check[] {
  const interrupted = interruptionOf(events)
  if (interrupted === null) return checks
  return checks.map(check =>
    check.verdict === 'fail' && claimsOfTheEnd.has(check.name)
      ? {...check, verdict: 'unknown', detail: `not judged, interrupted by ${interrupted.signal}: ${check.detail}`}
      : check,
  )
}
