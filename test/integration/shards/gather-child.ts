// A process that gathers so many rows from two legs, pausing now and then, or those behind an offset, and says how much
// memory it had at most. For gather-memory.test.ts only.
import {readFileSync} from 'node:fs'
import {Router} from '../../../src/router/index.ts'
import {gather} from '../../../src/shards/gather/gather.ts'
import {allRows, key} from './gather-plans.ts'

const [host = '', user = '', password = '', database = '', rows = '', offset = '0'] = process.argv.slice(2)
// Patient: that the server answers late is no failure here.
const topology = {hosts: [host], pollMs: 1_000, timeoutMs: 10_000, evidenceTtlMs: 30_000}
const router = new Router({user, password, database, topology, connectTimeoutMs: 10_000, waitMs: 60_000})
const text = `SELECT n * 2 + $1::int AS n, repeat('x', 100) AS padding FROM generate_series(1, $2::int) n ORDER BY n`
const legs = [0, 1].map(part => ({shard: `s${part}`, router, text, values: [part, Number(rows) / 2]}))
let count = 0
let last = 0
let isInOrder = true
for await (const row of gather(legs, {...allRows, sort: [key(0, 'int')], offset: Number(offset)})) {
  const n = Number(row.n)
  isInOrder &&= n > last
  last = n
  // The servers could send much meanwhile.
  if (++count % 50_000 === 0) await new Promise(resolve => setTimeout(resolve, 50))
}
// Of this program alone: maxRSS would begin with what the test runner has that started it.
const peakKib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
process.stdout.write(JSON.stringify({count, isInOrder, memoryMiB: Number(peakKib) / 1_024}))
await router.end()
