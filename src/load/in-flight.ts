// Operations that were issued and have no outcome yet. Invariant: each one is recorded exactly once, at the latest
// `graceMs` after its deadline.
// Not here: when to issue (load-engine.ts) and what failures mean (outcome.ts).
import type {Clock} from '../model/ports.ts'
import type {Op} from '../model/history.ts'
import type {Attempt, Reply} from './access-paths/access-path.ts'
import type {Finish, Operation} from './operations/operation.ts'
import {endingOfDeadline, endingOfFailure, endingOfRefusal, endingOfReply} from './outcome.ts'
import type {Ending} from './outcome.ts'

/** An access path ends by the deadline itself and knows more about why; the load steps in only when it has not. */
export const graceMs = 100

export interface InFlight {
  /**
   * Sends the operation. Resolves when the access path is done with it, which may be after it was recorded; never
   * rejects.
   */
  issue(operation: Operation, deadlineMs: number): Promise<void>
  /** Records an operation that was due and not sent. */
  refuse(operation: Operation, code: 'QUEUE_FULL' | 'BUSY', message: string): void
  /** Ends what is past its deadline. Called on every tick. */
  sweep(nowMs: number): void
  size(): number
}

interface Pending {
  readonly operation: Operation
  readonly attempt: Attempt
}

export interface InFlightOptions {
  readonly clock: Pick<Clock, 'nowMs'>
  /** The name of the node that has a server address. */
  readonly nodeAt: (server: string) => string | undefined
  readonly onOp: (op: Op) => void
}

export function createInFlight({clock, nodeAt, onOp}: InFlightOptions): InFlight {
  const open = new Set<Pending>()

  const finish = (pending: Pending, ending: Ending, reply: Reply | null): void => {
    if (!open.delete(pending)) return
    pending.attempt.over = true
    const finished: Finish = {...ending, completedMs: clock.nowMs()}
    onOp(pending.operation.record(finished, reply))
  }

  return {
    async issue(operation, deadlineMs) {
      const pending: Pending = {
        operation,
        attempt: {deadlineAtMs: operation.stamp.invokedMs + deadlineMs, sent: false, over: false},
      }
      open.add(pending)
      const settled = await settle(operation, pending.attempt)
      if (settled.kind === 'reply') finish(pending, endingOfReply(settled.reply, nodeAt), settled.reply)
      else finish(pending, endingOfFailure(settled.error, operation.changes), null)
    },
    refuse(operation, code, message) {
      onOp(operation.record({...endingOfRefusal(code, message), completedMs: operation.stamp.invokedMs}, null))
    },
    sweep(nowMs) {
      for (const pending of open) {
        if (nowMs > pending.attempt.deadlineAtMs + graceMs)
          finish(pending, endingOfDeadline(pending.attempt.sent, pending.operation.changes), null)
      }
    },
    size: () => open.size,
  }
}

type Settled = {readonly kind: 'reply'; readonly reply: Reply} | {readonly kind: 'failure'; readonly error: unknown}

async function settle(operation: Operation, attempt: Attempt): Promise<Settled> {
  try {
    return {kind: 'reply', reply: await operation.send(attempt)}
  } catch (error) {
    return {kind: 'failure', error}
  }
}
