// One try of a request on one connection: a write, a read, a transaction. Invariant: a failure leaves as AttemptFailure with the phase it came in;
// the errors of the caller's own function leave as they are, after ROLLBACK. Not here: choosing nodes and trying again (router.ts).
import type {Phase} from '../failures/classify-error.ts'
import type {Deadline} from '../time/deadline.ts'
import type {Lease, StatementResult} from '../connections/lease.ts'
import {RouterError} from '../failures/router-error.ts'

/** A try failed in the driver or on the server. `mayRepeat`: trying again would not run the caller's code a second time against its will. */
export class AttemptFailure extends Error {
  readonly phase: Phase
  readonly mayRepeat: boolean

  constructor(phase: Phase, mayRepeat: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), {cause})
    this.name = 'AttemptFailure'
    this.phase = phase
    this.mayRepeat = mayRepeat
  }
}

/** What a function given to transaction() works with; valid until that function returns. */
export interface TransactionClient {
  /** Sends one statement in the transaction; rejects with the driver's error. */
  query(text: string, values?: readonly unknown[]): Promise<StatementResult>
}

/** One statement outside a transaction. */
export async function runStatement(lease: Lease, phase: 'autocommit' | 'read', text: string, values: readonly unknown[], deadline: Deadline): Promise<StatementResult> {
  const result = await inPhase(phase, true, lease.query(text, values, deadline.signal))
  if (!lease.inTransaction) return result
  // The connection is destroyed on release, which rolls back what the statement began.
  throw new RouterError('TRANSACTION_OPEN', `the statement left a transaction open: ${text.slice(0, 60)}`, {outcome: 'not-applied', node: lease.node})
}

/** BEGIN, the caller's function, COMMIT. */
export async function runTransaction<T>(lease: Lease, work: (client: TransactionClient) => Promise<T>, rerun: boolean, deadline: Deadline): Promise<T> {
  await inPhase('in-transaction', true, lease.query('BEGIN', [], deadline.signal))
  const value = await runWork(lease, work, rerun, deadline)
  if (!lease.inTransaction) {
    throw new RouterError('TRANSACTION_OPEN', 'the function ended the transaction by itself, so whether it was applied is not known', {outcome: 'unknown', node: lease.node})
  }
  const {command} = await inPhase('commit-sent', rerun, lease.query('COMMIT', [], deadline.signal))
  if (command === 'COMMIT') return value
  throw new RouterError('TRANSACTION_ABORTED', `COMMIT was answered with ${command}: a statement had failed and its error was swallowed`, {outcome: 'not-applied', node: lease.node})
}

async function runWork<T>(lease: Lease, work: (client: TransactionClient) => Promise<T>, rerun: boolean, deadline: Deadline): Promise<T> {
  const ours = new Set<unknown>()
  let open = true
  const client: TransactionClient = {
    query: async (text, values = []) => {
      if (!open) throw new RouterError('TRANSACTION_OPEN', 'the transaction is over', {outcome: 'not-sent', node: lease.node})
      return lease.query(text, values, deadline.signal).catch((error: unknown) => {
        ours.add(error)
        throw error
      })
    },
  }
  try {
    return await deadline.race(Promise.resolve(client).then(work))
  } catch (error) {
    open = false
    await rollBack(lease, deadline)
    if (ours.has(error) || deadline.over !== null) throw new AttemptFailure('in-transaction', rerun, error)
    throw error
  } finally {
    open = false
  }
}

/** Ends the transaction on the server; a connection on which that fails is destroyed, which has the same effect. */
async function rollBack(lease: Lease, deadline: Deadline): Promise<void> {
  try {
    await lease.query('ROLLBACK', [], deadline.signal)
  } catch {
    lease.destroy()
  }
}

/** The same promise, whose failure is told with the phase it came in. */
export async function inPhase<T>(phase: Phase, mayRepeat: boolean, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new AttemptFailure(phase, mayRepeat, error)
  }
}
