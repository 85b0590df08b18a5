// A question of the router's own that waits for its answer no longer than it is worth. Not here: what is asked.
import type {Connection, StatementResult} from './connection.ts'

/** Rejects with GivenUp when there is no answer within `mostMs`; the connection is then held until there is one. */
export async function askFor(connection: Connection, text: string, mostMs: number): Promise<StatementResult> {
  const timer = setTimeout(() => connection.abandon(), Math.max(0, mostMs))
  try {
    return await connection.ask(text)
  } finally {
    clearTimeout(timer)
  }
}
