// Ctrl-C: once heals and stops, twice leaves everything as it is. Invariant: hl's own handlers are the only ones.
import {exitCode} from '../src/model/errors.ts'

export interface Interrupt {
  readonly signal: AbortSignal
  dispose(): void
}

/** Aborts its signal on the first SIGINT or SIGTERM (after telling the person), ends the process on the second. */
export function onInterrupt(tell: () => void): Interrupt {
  const controller = new AbortController()
  const handle = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      process.stderr.write('\nleft as it is; hl faults heal --all mends it\n')
      process.exit(exitCode.interrupted)
    }
    tell()
    controller.abort(name)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const name of signals) process.on(name, handle)
  return {
    signal: controller.signal,
    dispose() {
      for (const name of signals) process.off(name, handle)
    },
  }
}
