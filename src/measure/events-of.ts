// Picks the events of one kind. Not here: what they mean.
import type {RunEvent, RunEventKind} from '../model/run-event.ts'

export type EventOf<Kind extends RunEventKind> = Extract<RunEvent, {readonly kind: Kind}>

/** The events of one kind, in their order. */
export function eventsOf<Kind extends RunEventKind>(events: readonly RunEvent[], kind: Kind): readonly EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind)
}
