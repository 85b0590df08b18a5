// What judging a stored run costs in time and memory, by how long its history is, beside an object for each line, which
// is JSON.parse and the shape of an operation.
//   node bench/judge.ts              histories of 20, 200 and 600 MB
//   node bench/judge.ts 20 50        of so many MB
// Each way in a process of its own with Node's own limits, CPU time, so that a busy host matters less. Needs no Docker;
// writes to a folder of its own and removes it.
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {eachLine, eachLineBytes} from '../src/experiment/store/line-file.ts'
import {parseOp, parseRecord} from '../src/experiment/store/parse-record.ts'
import {createRun, openRun} from '../src/experiment/store/run-folder.ts'
import {judge} from '../src/measure/judge.ts'
import type {Op} from '../src/model/history.ts'
import {finalOf, recordOf} from '../test/build-history.ts'
import {markdownTable} from './router/format.ts'
import {countOf, tell} from './run-parts.ts'

const run = '0101-000000-aa'
const sessions = 16
const bytesPerLine = 168
/** For so long nobody takes a write. */
const outage = {fromMs: 20_000, toMs: 24_000}

/** A clock in ns, as that of a run is. */
const ms = (value: number): number => Math.round(value * 1e6) / 1e6

/** A cluster under 2,500 operations a second, in which writes fail for some seconds. */
function operation(id: number): Op {
  const atMs = ms(2_000 + id * 0.4)
  const jitterMs = ((id * 7_919) % 1_009) / 1_009
  const isOut = id % 4 < 2 && atMs > outage.fromMs && atMs < outage.toMs
  const base = {
    id,
    dueMs: atMs,
    invokedMs: ms(atMs + 0.3 + jitterMs),
    completedMs: ms(atMs + 2.3 + 2 * jitterMs),
    outcome: isOut ? 'failed' : 'ok',
    node: isOut ? null : 'pg1',
    timeline: isOut ? null : 1,
    error: isOut ? {code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:5432'} : null,
  } as const
  const nth = Math.floor(id / 4)
  if (id % 4 === 0) return {...base, kind: 'append', session: nth % sessions, version: Math.floor(nth / sessions) + 1}
  if (id % 4 === 1) return {...base, kind: 'transfer', from: nth % 100, to: nth % 99, amount: 5}
  if (id % 4 === 2)
    return {
      ...base,
      outcome: 'ok',
      error: null,
      kind: 'read-primary',
      reader: 17,
      of: 0,
      seen: Math.floor(nth / sessions),
    }
  const lsn = `0/${(50_331_648 + nth * 320).toString(16).toUpperCase()}`
  return {...base, kind: 'pinned-write', pinnedTo: 'pg1', lsn}
}

async function store(root: string, count: number): Promise<void> {
  const folder = createRun(root, () => run)
  const ids: Record<'append' | 'transfer' | 'pinned-write', number[]> = {
    'append': [],
    'transfer': [],
    'pinned-write': [],
  }
  for (let id = 1; id <= count; id += 1) {
    const op = operation(id)
    folder.appendOp(op)
    if (op.kind in ids && op.outcome === 'ok') ids[op.kind as keyof typeof ids].push(id)
    if (id % 10_000 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  const final = finalOf([], {
    primary: 'pg1',
    timeline: 1,
    ledgerIds: ids.append,
    transferIds: ids.transfer,
    pinnedIds: ids['pinned-write'],
  })
  folder.saveRecord({...recordOf(final), run})
  folder.close()
}

/** Each way through a stored run, and what it says in the end. */
const ways: Readonly<Record<string, (root: string) => string>> = {
  'lines alone': root => {
    let lines = 0
    eachLineBytes(join(root, run, 'history.ndjson'), () => (lines += 1))
    return `${lines} lines`
  },
  'an object for each line': root => {
    const ops: Op[] = []
    eachLine(join(root, run, 'history.ndjson'), line => ops.push(parseOp(JSON.parse(line))))
    const record = parseRecord(JSON.parse(readFileSync(join(root, run, 'record.json'), 'utf8')))
    return judge(record, [], ops, {}).verdict
  },
  'hl': root => {
    const {record, events, ops} = openRun(root, run)
    return judge(record, events, ops, {}).verdict
  },
}

interface Cost {
  readonly said: string
  readonly cpuS: number
  readonly peakMb: number
}

function cost(name: string, root: string): Cost {
  const before = process.cpuUsage()
  const said = ways[name]?.(root) ?? 'there is no such way'
  const {user, system} = process.cpuUsage(before)
  return {said, cpuS: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1_000}
}

/** null where the process died of it. */
function costApart(name: string, root: string): Cost | null {
  try {
    const out = execFileSync(process.execPath, [import.meta.filename, 'way', name, root], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return JSON.parse(out.toString()) as Cost
  } catch {
    return null
  }
}

async function rowsOf(megabytes: number): Promise<readonly (readonly string[])[]> {
  const root = mkdtempSync(join(tmpdir(), 'hl-bench-judge-'))
  try {
    const count = Math.round((megabytes * 1e6) / bytesPerLine)
    tell(`writing ${count} operations`)
    await store(root, count)
    const mb = statSync(join(root, run, 'history.ndjson')).size / 1e6
    return Object.keys(ways).map(name => {
      tell(`${megabytes} MB, ${name}`)
      const found = costApart(name, root)
      const figures =
        found === null
          ? ['', '', '', 'out of memory']
          : [found.cpuS.toFixed(1), (mb / found.cpuS).toFixed(0), found.peakMb.toFixed(0), found.said]
      return [mb.toFixed(0), String(count), name, ...figures]
    })
  } finally {
    rmSync(root, {recursive: true, force: true})
  }
}

const [first, ...more] = process.argv.slice(2)
if (first === 'way') {
  process.stdout.write(JSON.stringify(cost(more[0] ?? '', more[1] ?? '')))
} else {
  const sizes = first === undefined ? [20, 200, 600] : [first, ...more].map(text => countOf('a size in MB', text))
  const rows: (readonly string[])[] = []
  for (const megabytes of sizes) rows.push(...(await rowsOf(megabytes)))
  tell(
    markdownTable({
      title: 'Judging a stored run',
      head: ['MB', 'operations', 'way', 'CPU s', 'MB/s', 'peak memory, MB', 'says'],
      rows,
      note: 'Each way in a process of its own; all read the whole file and its digest.',
    }),
  )
}
