// Routing without network: the driver answers the one measured statement by itself, on the next tick, and everything
// else goes to the server as ever. What is left is the pool and, in a router, the routing; the connections are real
// ones. Runs in a contender's thread.
import {Client, type Pool, type QueryConfig} from 'pg'
import {percentileOf} from './figures.ts'
import {statements} from './statements.ts'

type Callback = (error: undefined, result: object) => void
type Query = (this: unknown, statement: unknown, values: unknown, callback: unknown) => unknown

/** So many statements between two looks at the clock, which costs as much as a small part of one. */
const batch = 100

/** One caller, one statement after the other; the median over batches of µs per statement. */
export async function stubbedQueries(
  pool: Pool,
  {forMs}: {readonly forMs: number},
): Promise<{readonly p50Us: number; readonly count: number}> {
  const statement = statements['read, named']()
  return stubbed(async () => pool.query(statement), statement, forMs)
}

/** The same for any pool; `ask` sends the statement. */
export async function stubbed(
  ask: () => Promise<unknown>,
  statement: QueryConfig,
  forMs: number,
): Promise<{readonly p50Us: number; readonly count: number}> {
  // The connection, the plan and the prepared statement are there before.
  await ask()
  const prototype = Client.prototype as unknown as {query: Query}
  const real = prototype.query
  prototype.query = function (sent, values, callback) {
    const query = sent as {readonly text?: unknown; readonly callback?: Callback}
    if (query.text !== statement.text) return real.call(this, sent, values, callback)
    // A pool hands its callback over beside the statement, a router as part of it.
    process.nextTick((callback ?? query.callback) as Callback, undefined, {
      command: 'SELECT',
      rowCount: 1,
      oid: null,
      fields: [],
      rows: [{}],
    })
    return undefined
  }
  try {
    const perStatementUs: number[] = []
    const endMs = performance.now() + forMs
    for (let fromMs = performance.now(); fromMs < endMs;) {
      for (let sent = 0; sent < batch; sent++) await ask()
      const toMs = performance.now()
      perStatementUs.push(((toMs - fromMs) * 1_000) / batch)
      // The event loop goes on: the router hears its nodes, the clock of idle connections runs.
      await new Promise(setImmediate)
      fromMs = performance.now()
    }
    return {p50Us: percentileOf(perStatementUs, 0.5), count: perStatementUs.length * batch}
  } finally {
    prototype.query = real
  }
}
