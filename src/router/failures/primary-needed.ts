// What a transaction on a standby is told when it comes to something that only the primary does, after it was given
// rows. Invariant: every one of these errors names the way out. Not here: starting again where nothing was given.
import {RouterError} from './router-error.ts'
import type {StandbyRefusal} from './standby-refusal.ts'

/** The statement was not sent, and the transaction is open still. */
export function primaryNeeded(node: string, reason: string): RouterError {
  return new RouterError(
    'PRIMARY_NEEDED',
    `the transaction is on the standby ${node}, and only the primary does this: ${reason}`,
    {
      outcome: 'not-sent',
      node,
    },
  )
}

/** The server's error; its `hint` also says what to do, after the server's own hint. */
export function withWayOut(error: unknown, node: string, refusal: StandbyRefusal): unknown {
  if (typeof error !== 'object' || error === null) return error
  const own: unknown = Reflect.get(error, 'hint')
  const added =
    refusal === 'conflict'
      ? `The standby ${node} cancelled it because of what it replays: run the whole transaction again, or begin it ` +
        `with ${begin}.`
      : `The transaction is on the standby ${node}: begin it with ${begin}, or make this its first statement.`
  Reflect.set(error, 'hint', typeof own === 'string' && own !== '' ? `${own} ${added}` : added)
  return error
}

const begin = '/* hl: primary */ BEGIN READ ONLY'
