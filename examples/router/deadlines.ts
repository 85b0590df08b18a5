// Bounds on time: a deadline is from the call to the answer, waiting for a node included; an AbortSignal ends a request
// when its caller is gone. Both cut the connection, since a query that nobody waits for must not hold one; what that
// means for a write is in the error's outcome.
// Run: PG_HOSTS=host:5432,host:5432 PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/router/deadlines.ts
import {RouterError, type RequestOptions} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'
import {connect} from './connect.ts'

const router = connect({deadlineMs: 30_000, waitMs: 20_000})

await attempt('in time', {deadlineMs: 5_000}, 'SELECT pg_sleep(0.01)')
await attempt('too slow', {deadlineMs: 200}, 'SELECT pg_sleep(5)')
// A caller who leaves; an HTTP server aborts such a signal when its client hangs up.
const caller = new AbortController()
setTimeout(() => caller.abort(), 100)
await attempt('left', {signal: caller.signal}, 'SELECT pg_sleep(5)')
// AbortSignal.any() joins a caller and a time budget that several requests share.
const budget = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(300)])
await attempt('first of the budget', {signal: budget}, 'SELECT pg_sleep(0.2)')
await attempt('second of the budget', {signal: budget}, 'SELECT pg_sleep(0.2)')

try {
  await router.write('SELECT pg_sleep(5)', [], {deadlineMs: 200})
} catch (error) {
  // A write that was cut may have been applied: unknown, a CommitUnknownError. In the queue it would have been
  // not-sent.
  if (error instanceof RouterError)
    console.log(`write: ${error.name} ${error.code}, outcome ${error.outcome}; ${error.hint}`)
}
await router.end()

async function attempt(name: string, options: RequestOptions, text: string): Promise<void> {
  const begun = performance.now()
  const end = await router.read(text, [], options).then(
    ({route}) => `served by ${route.node}`,
    (error: unknown) => (error instanceof RouterError ? error.code : String(error)),
  )
  console.log(`${name}: ${end} after ${Math.round(performance.now() - begun)} ms`)
}
