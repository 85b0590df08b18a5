// Work that ends soon when its lab is taken away from under it (`hl down --force`): otherwise it would ask for minutes
// after containers that are gone. Not here: the lock itself (lock.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import {every} from '../../waiting/every.ts'
import type {Docker} from '../docker/docker.ts'
import {lockLab, type LockRequest} from './lock.ts'

const lookEveryMs = 2_000

/**
 * Does `work` while the lab is this process's alone; its signal is that of the request, and is aborted too when the
 * lock is gone. Errors: those of lockLab and of `work`, LAB_MISSING instead of them when the lab was taken away.
 */
export async function whileHeld<T>(
  docker: Docker,
  {clock, signal, ...request}: LockRequest & {readonly clock: Clock; readonly signal?: AbortSignal | undefined},
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lock = await lockLab(docker, request)
  const [lost, over] = [new AbortController(), new AbortController()]
  const look = async (): Promise<void> => {
    // An engine that does not answer says nothing of the lock.
    if (!(await lock.isHeld().catch(() => true)) && !over.signal.aborted) lost.abort(takenAway(request))
  }
  const watching = every(clock, lookEveryMs, AbortSignal.any([over.signal, lost.signal]), look)
  try {
    return await work(signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]))
  } catch (error) {
    // What failed by it may be faster than the look.
    await look()
    throw lost.signal.aborted ? takenAway(request, error) : error
  } finally {
    over.abort('over')
    await watching
    await lock.release()
  }
}

const takenAway = ({lab, what}: LockRequest, cause?: unknown): HlError =>
  new HlError('LAB_MISSING', `lab ${lab} was taken away while ${what} worked on it`, {
    next: [hint('doctor', {why: 'shows what is left of it'})],
    cause,
  })

/** The reason of an abort that is the loss of the lab; null for any other, or none. */
export function lossOf(signal: AbortSignal | undefined): HlError | null {
  return signal?.aborted === true && signal.reason instanceof HlError ? signal.reason : null
}
