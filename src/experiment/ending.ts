// How a run ended, in one word and its reasons. PURE. Not here: what is done about it (end-run.ts).
import {HlError, messageOf} from '../model/errors.ts'

export interface Failed {
  readonly kind: 'failed'
  readonly step: number
  readonly label: string
  readonly code: string
  readonly message: string
}

export interface Interrupted {
  readonly kind: 'interrupted'
  readonly signal: string
}

export type Ending = {readonly kind: 'done'} | Failed | Interrupted

/** What an error means for the run: once Ctrl-C was pressed every error is its consequence. */
export function endingOf(
  error: unknown,
  signal: AbortSignal,
  at: {readonly step: number; readonly label: string},
): Interrupted | Failed {
  if (signal.aborted) return interruption(signal)
  return {
    kind: 'failed',
    step: at.step,
    label: at.label,
    code: error instanceof HlError ? error.code : 'BUG',
    message: messageOf(error),
  }
}

export function interruption(signal: AbortSignal): Interrupted {
  return {kind: 'interrupted', signal: messageOf(signal.reason)}
}
