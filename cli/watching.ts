// The same look again and again, for --watch: Ctrl-C ends it, and so does a reader who has gone; neither is an error.
// Not here: what is looked at and how it is shown (commands/, view/).
import {every} from '../src/waiting/every.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {interruptible} from './interrupt.ts'
import {readerGone, writeScreen} from './output.ts'

const everyMs = 1_000

/** Each look in the place of the one before; the last one. */
export async function watching<T>(look: () => Promise<T>, screenOf: (seen: T) => string): Promise<T> {
  return interruptible({once: '', twice: '', note: () => undefined}, async signal => {
    let seen = await look()
    let isFirst = true
    await every(monotonicClock(), everyMs, AbortSignal.any([signal, readerGone]), async () => {
      if (!isFirst) seen = await look()
      isFirst = false
      if (!signal.aborted) writeScreen(screenOf(seen))
    })
    return seen
  })
}
