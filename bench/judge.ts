// What judging a stored run costs beside reading its lines and doing nothing with them, in the same process.
//   node bench/judge.ts            a history of 600,000 operations
//   node bench/judge.ts 3000000    of so many
// CPU time, so that a busy host matters less. Needs no Docker; writes to a folder of its own and removes it.
import {mkdtempSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {eachLine} from '../src/experiment/store/line-file.ts'
import {createRun, openRun} from '../src/experiment/store/run-folder.ts'
import {judge} from '../src/measure/judge.ts'
import type {Op} from '../src/model/history.ts'
import {finalOf, recordOf} from '../test/build-history.ts'
import {markdownTable} from './router/format.ts'
import {countOf, tell} from './run-parts.ts'

const run = '0101-000000-aa'
const sessions = 16

/** A quiet cluster under 2,500 operations a second. */
function operation(id: number): Op {
  const atMs = 2_000 + id * 0.4
  const base = {
    id,
    dueMs: atMs,
    invokedMs: atMs + 0.3,
    completedMs: Math.round((atMs + 3.2) * 1_000) / 1_000,
    outcome: 'ok',
    node: 'pg1',
    timeline: 1,
    error: null,
  } as const
  const nth = Math.floor(id / 4)
  if (id % 4 === 0) return {...base, kind: 'append', session: nth % sessions, version: Math.floor(nth / sessions) + 1}
  if (id % 4 === 1) return {...base, kind: 'transfer', from: 1, to: 2, amount: 5}
  if (id % 4 === 2) return {...base, kind: 'read-primary', reader: 1, of: 0, seen: Math.floor(nth / sessions)}
  return {...base, kind: 'pinned-write', pinnedTo: 'pg1', lsn: '0/3000000'}
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
    if (op.kind in ids) ids[op.kind as keyof typeof ids].push(id)
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

const cpuMs = (): number => {
  const {user, system} = process.cpuUsage()
  return (user + system) / 1_000
}
const costMs = (work: () => void): number => {
  const startedMs = cpuMs()
  work()
  return cpuMs() - startedMs
}

const count = countOf('the number of operations', process.argv[2] ?? '600000')
const root = mkdtempSync(join(tmpdir(), 'hl-bench-judge-'))
try {
  tell(`writing ${count} operations`)
  await store(root, count)
  const path = join(root, run, 'history.ndjson')
  const mb = statSync(path).size / 1_000_000
  let lines = 0
  const plainMs = costMs(() => eachLine(path, () => (lines += 1)))
  let verdict = ''
  const judgedMs = costMs(() => {
    const {record, events, ops} = openRun(root, run)
    verdict = judge(record, events, ops, {}).verdict
  })
  const perSecond = (ms: number): string => ((mb / ms) * 1_000).toFixed(0)
  tell(
    markdownTable({
      title: 'Judging a stored run',
      head: ['operations', 'MB', 'reading lines, MB/s', 'judging, MB/s', 'times as long', 'peak memory, MB', 'verdict'],
      rows: [
        [
          String(lines),
          mb.toFixed(0),
          perSecond(plainMs),
          perSecond(judgedMs),
          (judgedMs / plainMs).toFixed(1),
          (process.resourceUsage().maxRSS / 1_000).toFixed(0),
          verdict,
        ],
      ],
      note: 'CPU time of one process; both read the whole file and its digest.',
    }),
  )
} finally {
  rmSync(root, {recursive: true, force: true})
}
