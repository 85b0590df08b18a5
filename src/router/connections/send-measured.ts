// Sends one statement in a transaction of its own and asks in it whether it wrote: a row that is changed needs a
// transaction id. All of it leaves in one packet. Invariant: when this settles, no transaction is open. Not here: for
// which statements it is worth that (requests/write-habits.ts).
import {asError} from '../failures/as-error.ts'
import type {Connection, StatementResult} from './connection.ts'
import {renews} from './renew-statement.ts'
import type {Statement} from './statement.ts'
import {whenReady} from './when-ready.ts'

export interface Measured {
  readonly result: StatementResult
  /** false: no reader of whatever node could see that it was carried out. */
  readonly wrote: boolean
}

const question = {
  text: 'SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL AS wrote',
  queryMode: 'extended',
} as const

/** pg sends without waiting for the answers before. */
type Pipelined = Connection['client'] & {pipeline: boolean}

/**
 * Rejects with the error of the statement, or of the COMMIT behind it. A prepared statement that no longer fits is
 * prepared anew, once.
 */
export async function sendMeasured(
  connection: Connection,
  statement: string | Statement,
  values: unknown[] | undefined,
): Promise<Measured> {
  try {
    return await sendOnce(connection, statement, values)
  } catch (error) {
    if (!(await renewed(connection, asError(error), statement))) throw error
    return sendOnce(connection, statement, values)
  }
}

/** May it be sent once more? */
function renewed(connection: Connection, error: Error, statement: string | Statement): Promise<boolean> {
  return new Promise(resolve => {
    if (!renews(connection, error, statement, resolve)) resolve(false)
  })
}

async function sendOnce(
  connection: Connection,
  statement: string | Statement,
  values: unknown[] | undefined,
): Promise<Measured> {
  const client = connection.client as Pipelined
  const send = (what: string | Statement, given?: unknown[]): Promise<StatementResult> =>
    new Promise((resolve, reject) =>
      connection.sendTo(what, given, (error, result) => (error == null ? resolve(result) : reject(error))),
    )
  client.pipeline = true
  client.connection.stream.cork()
  const sent = [send('BEGIN'), send(statement, values), send(question), send('COMMIT')]
  process.nextTick(() => client.connection.stream.uncork())
  const settled = await Promise.allSettled(sent)
  client.pipeline = false
  const failed = settled.find(each => each.status === 'rejected')
  if (failed !== undefined) {
    await new Promise<void>(resolve => whenReady(connection.client, failed.reason, resolve))
    throw failed.reason
  }
  const [, answer, asked] = settled
  if (answer?.status !== 'fulfilled' || asked?.status !== 'fulfilled') throw new Error('unreachable: nothing failed')
  return {result: answer.value, wrote: asked.value.rows[0]?.['wrote'] !== false}
}
