// Ctrl-C: once heals and stops, twice leaves everything as it is. Invariant: hl's own handlers are the only ones.
import {hint} from '../src/model/command-hint.ts'
import {exitCode, HlError} from '../src/model/errors.ts'

export interface InterruptTexts {
  /** Said at the first signal. */
  readonly once: string
  /** Said at the second, which ends the process. */
  readonly twice: string
  readonly note: (text: string) => void
}

/** Of commands that tell Patroni what to do and wait until it has done it. */
export const leftToPatroni = {
  once: 'interrupted: no longer waiting; Patroni goes on with what it was told',
  twice: 'left as it is',
}

/** A closed terminal counts too: what was broken must be healed without anybody watching. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Does `work` with a signal that the first Ctrl-C aborts. An aborted wait becomes INTERRUPTED; an error of its own
 * passes.
 */
export async function interruptible<T>(
  {once, twice, note}: InterruptTexts,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const handle = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      process.stderr.write(`\n${twice}\n`)
      process.exit(exitCode.interrupted)
    }
    note(`\n${once}`)
    controller.abort(name)
  }
  for (const name of signals) process.on(name, handle)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted || error instanceof HlError) throw error
    throw new HlError('INTERRUPTED', `interrupted by ${String(controller.signal.reason)}`, {
      next: [hint('status', {why: 'shows the lab'}), 'run it again'],
      cause: error,
    })
  } finally {
    for (const name of signals) process.off(name, handle)
  }
}
