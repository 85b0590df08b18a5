// A small service that takes orders: POST /orders with an `idempotency-key`. It asks the database again until an order
// is there, at most for 45 seconds, and may do so because the key makes the order one. Its two bugs are there to see
// tests go red: BUG=no-retry gives up at the first error, BUG=blind-retry asks again without storing the key.
// Not here: which server takes writes; the pool knows.
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setTimeout as after} from 'node:timers/promises'

/** What the service needs of a `pg.Pool`, or of the router. */
export interface Database {
  query(text: string, values: unknown[]): Promise<{readonly rows: readonly unknown[]}>
}

export type Bug = 'none' | 'no-retry' | 'blind-retry'

export interface Service {
  readonly url: string
  close(): Promise<void>
}

const text = `INSERT INTO orders (request_key, reference, cents) VALUES ($1, $2, $3) ON CONFLICT (request_key) DO NOTHING`
/** One attempt; a server that hangs gives no error. */
const attemptMs = 5_000
const allMs = 45_000

export async function startService(database: Database, bug: Bug = 'none'): Promise<Service> {
  const server = createServer((request, response) => void answer(request, response, database, bug))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, database: Database, bug: Bug): Promise<void> {
  const key = request.headers['idempotency-key']
  const known = request.method === 'POST' && request.url === '/orders' && typeof key === 'string'
  const status = known ? await order(key, database, bug) : 404
  response.writeHead(status, {'content-type': 'application/json'})
  response.end(JSON.stringify({reference: key}))
}

/** 201, or 503 when nobody knows whether the order is there. */
async function order(key: string, database: Database, bug: Bug): Promise<number> {
  const untilMs = performance.now() + allMs
  do {
    try {
      await inTime(database.query(text, [bug === 'blind-retry' ? null : key, key, 1_200]))
      return 201
    } catch {
      if (bug === 'no-retry') return 503
      await after(100)
    }
  } while (performance.now() < untilMs)
  return 503
}

async function inTime(work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const late = after(attemptMs, undefined, {signal: over.signal}).then(() => {
    throw new Error(`no answer within ${attemptMs} ms`)
  })
  try {
    await Promise.race([work, late])
  } finally {
    over.abort()
    late.catch(() => undefined)
    work.catch(() => undefined)
  }
}
