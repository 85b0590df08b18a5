// A cursor or stream on a standby that is cancelled because of what the standby replays. It sends itself, so nobody
// else can start it again: it is told why, and a stream at once, however many rows it has in hand.
// Not here: statements that can be sent again (requests/failed-tries.ts).
import {Readable} from 'node:stream'
import {withWayOut} from '../failures/primary-needed.ts'
import {standbyRefusal} from '../failures/standby-refusal.ts'

/**
 * It would ask for the next rows, and hear of the error, only when those that it has are consumed. Its cursor has ended
 * with the error; to close it would wait for a server that may have closed the connection.
 */
function endNow(stream: Readable, error: unknown): void {
  stream._destroy = (reason, callback) => callback(reason)
  stream.destroy(error instanceof Error ? error : new Error(String(error)))
}

export function tellConflicts(submittable: object, node: string): void {
  const handle: unknown = Reflect.get(submittable, 'handleError')
  if (typeof handle !== 'function') return
  const told = (error: unknown, ...others: readonly unknown[]): void => {
    const refusal = standbyRefusal(error)
    if (refusal !== null) withWayOut(error, node, refusal)
    Reflect.apply(handle, submittable, [error, ...others])
    if (refusal !== null && submittable instanceof Readable) endNow(submittable, error)
  }
  Reflect.set(submittable, 'handleError', told)
}
