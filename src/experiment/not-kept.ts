// What to say of a run whose files could not be kept: its faults were injected and healed, so something did happen.
// PURE. Not here: files (store/), faults that could not be healed (heal-failed.ts).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Verdict} from '../model/verdict.ts'

/** `verdict`: where it was judged, and only its report could not be written. Other errors stay as they are. */
export function notKept(run: string, error: unknown, verdict?: Verdict): unknown {
  if (!(error instanceof HlError)) return error
  const done = `run ${run} took place, and what it changed is undone`
  return verdict === undefined
    ? new HlError(error.code, `${done}; it cannot be judged, since its files were not kept: ${error.message}`, {
        next: [...error.steps, hint('status', {why: 'shows the lab'})],
        cause: error.cause,
      })
    : new HlError(error.code, `${done}; its verdict is ${verdict}, and its report was not kept: ${error.message}`, {
        next: [...error.steps, hint('runs check', {args: [run], why: 'judges it again'})],
        cause: error.cause,
      })
}
