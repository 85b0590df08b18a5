// A beat: the same look again and again until somebody has seen enough. Not here: waiting for something to be so
// (await-until.ts).
import type {Clock} from '../model/ports.ts'

/** Looks at once and then every `everyMs`, one at a time, until aborted; the end is no error. */
export async function every(
  clock: Clock,
  everyMs: number,
  signal: AbortSignal,
  look: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const startMs = clock.nowMs()
    await look()
    try {
      await clock.wait(Math.max(0, startMs + everyMs - clock.nowMs()), signal)
    } catch {
      return
    }
  }
}
