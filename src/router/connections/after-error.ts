// What became of a connection after an error, where the error alone does not say: it is asked once more. Not here: what
// errors say (failures/classify-error.ts).
import {connectionAfter, type ConnectionAfter} from '../failures/classify-error.ts'
import type {Connection} from './connection.ts'

/** How long a connection may take to show that it outlived an error. */
const answerMostMs = 1_000

/** Never rejects; a connection that does not answer in time is destroyed. */
export async function afterError(connection: Connection, error: unknown): Promise<ConnectionAfter> {
  const said = connectionAfter(error, connection.alive)
  // Nothing can be sent behind what pg threw at half-way.
  if (connection.stuck) connection.destroyAsOurFault()
  if (said !== 'ask') return said
  const timer = setTimeout(() => connection.destroy(), answerMostMs)
  try {
    // Whatever is open on it, an empty statement is answered.
    await connection.send('')
    return 'alive'
  } catch {
    return 'ended'
  } finally {
    clearTimeout(timer)
  }
}
