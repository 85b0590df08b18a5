// A connection for a client before its first statement, so that connect() means what it means in pg-pool: it waits for
// a free connection, and tells a wrong password. Invariant: an outage is not told here; the client stays unbound then,
// and its first statement waits. Not here: the first statement (dispatcher.ts).
import type {NodePools} from '../connections/node-pools.ts'
import {judgeError} from '../failures/classify-error.ts'
import {Deadline, nowMs} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {Watch} from '../topology/watch.ts'
import type {PinnedConnection} from './pinned-connection.ts'
import {isPoolFull} from './trail.ts'

export interface BindPorts {
  readonly watch: Watch
  readonly pools: NodePools
  readonly changed: Wakeup
  readonly waitMs: number
}

/**
 * Rejects with the driver's error where waiting would not help, and in pg-pool's words where all connections stay busy.
 */
export async function bindEarly(pinned: PinnedConnection, {watch, pools, changed, waitMs}: BindPorts): Promise<void> {
  const untilMs = nowMs() + waitMs
  const deadline = new Deadline(waitMs)
  try {
    // Only at the beginning, when nothing is known of any server, a client waits for a primary.
    while (watch.isNew && watch.current().primary === null && deadline.over === null)
      await changed.wait(deadline.signal, untilMs - nowMs())
    const {primary} = watch.current()
    if (primary === null) return
    const connection = await pools.checkout(primary, untilMs - nowMs(), new Deadline(undefined))
    pinned.keep(connection, {target: primary, role: 'primary', replica: null, mustVerify: false})
    pinned.isProvisional = true
  } catch (cause) {
    if (isPoolFull(cause) || isFinal(cause)) throw cause
    watch.kick()
  } finally {
    deadline.dispose()
  }
}

/** An outage passes; a wrong password, or a hook of the caller's that refuses the connection, does not. */
function isFinal(cause: unknown): boolean {
  return judgeError(cause, 'connecting').retry === 'never'
}
