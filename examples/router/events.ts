// What a router tells: who is primary, what was tried again, where requests went. Start it, then kill the primary: npx
// hl faults inject kill-container --node primary
// Run: PG_HOSTS=host:5432,host:5432 PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/router/events.ts; Ctrl-C ends it.
import {once} from 'node:events'
import {RouterError} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'
import {connect} from './connect.ts'

const router = connect({deadlineMs: 30_000})
const {events} = router
events.on('primary', ({node, timeline, previous}) =>
  console.log(`primary: ${node}, timeline ${timeline}${previous === null ? '' : `, after ${previous}`}`),
)
events.on('primary-lost', ({node, lastSeen}) => console.log(`primary lost: ${node}; last seen: ${lastSeen}`))
events.on('primary-refused', ({node, why}) => console.log(`${node} calls itself primary and is not used: ${why}`))
events.on('node-closed', ({node, why, connections}) =>
  console.log(`${connections} connections to ${node} closed: ${why}`),
)
events.on('replica-ejected', ({node, forMs}) => console.log(`${node} serves no reads for ${forMs} ms`))
events.on('replica-readmitted', ({node}) => console.log(`${node} serves reads again`))
events.on('attempt-failed', ({node, outcome, errorCode, willRetry}) =>
  console.log(`a try on ${node} failed (${errorCode ?? 'no code'}), ${outcome}${willRetry ? ', goes on' : ''}`),
)
events.on('served', ({node, kind, attempts, ms}) =>
  console.log(`${kind} served by ${node} in ${ms.toFixed(1)} ms, tries: ${attempts}`),
)

// Nothing is awaited: the next second begins although this one still waits for a primary.
const traffic = setInterval(() => {
  for (const from of ['primary', 'standby'] as const) router.read('SELECT 1', [], {from}).catch(show)
}, 1_000)
await once(process, 'SIGINT')
clearInterval(traffic)
await router.end()

function show(error: unknown): void {
  console.log(error instanceof RouterError ? `${error.code}, ${error.outcome}: ${error.message}` : error)
}
