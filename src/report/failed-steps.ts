// Steps that did not do what they should, with the page that explains the code. Invariant: a page is named only for a
// code that has one.
import {errorCodes} from '../model/errors.ts'
import type {RunEvent} from '../model/run-event.ts'

export type FailedStep = Extract<RunEvent, {kind: 'step.failed'}>

/** In the order in which they failed. */
export function failedSteps(events: readonly RunEvent[]): readonly FailedStep[] {
  return events.filter((event): event is FailedStep => event.kind === 'step.failed')
}

/** `wait until writable: no node accepted writes within 30 s (TIMEOUT, see runbooks/errors/TIMEOUT.md)`. */
export function stepText(step: FailedStep): string {
  const known = errorCodes.some(code => code === step.code)
  return `${step.label}: ${step.message} (${step.code}${known ? `, see runbooks/errors/${step.code}.md` : ''})`
}
