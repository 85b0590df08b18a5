// The scenario table of docs/results.md: every scenario on one real lab, through the command as a person runs it. Not here: verdicts,
// they are hl's. node bench/failover.ts primary-crash 10 times, every other scenario once node bench/failover.ts
// --others 3 every other scenario 3 times node bench/failover.ts switchover full-stop only these, 10 times Writes
// bench/results/failover.json and .md. Nothing else should run on the host; a run on a starved host says so itself.
import {execFile} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {cpus, totalmem} from 'node:os'
import {parseArgs, promisify} from 'node:util'
import {scenarioNames} from '../scenarios/index.ts'
import type {Report} from '../src/model/report.ts'
import {failoverTable} from './failover-table.ts'

const execute = promisify(execFile)
const lab = 'bench'
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    repeat: {type: 'string', default: '10'},
    others: {type: 'string', default: '1'},
    seed: {type: 'string', default: '1'},
  },
})
const wanted: readonly {readonly name: string; readonly repeat: string}[] =
  positionals.length > 0
    ? positionals.map(name => ({name, repeat: values.repeat}))
    : scenarioNames.map(name => ({name, repeat: name === 'primary-crash' ? values.repeat : values.others}))

async function hl(...words: readonly string[]): Promise<string> {
  const started = await execute(process.execPath, ['bin/hl.js', ...words, '--lab', lab], {
    maxBuffer: 256 * 1_024 * 1_024,
  }).catch((error: unknown) => {
    // A verdict of fail or unknown is an answer too.
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' && error.stdout !== '')
      return {stdout: error.stdout}
    throw error
  })
  return started.stdout
}

const reports: Report[] = []
const results = new URL('results/', import.meta.url)
mkdirSync(results, {recursive: true})
await hl('up')
try {
  for (const {name, repeat} of wanted) {
    process.stderr.write(`${name} x ${repeat}\n`)
    const answer = JSON.parse(
      await hl('failover', '--scenario', name, '--repeat', repeat, '--seed', values.seed, '--json'),
    ) as {readonly ok: boolean; readonly result: Report; readonly error?: unknown}
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`)
    reports.push({...answer.result, events: [], timeline: []})
    const host = `${cpus().length} CPUs (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`
    writeFileSync(new URL('failover.md', results), failoverTable(reports, host, values.seed))
    writeFileSync(new URL('failover.json', results), `${JSON.stringify(reports, null, 1)}\n`)
  }
} finally {
  await hl('down', '--volumes', '--confirm', lab)
}
process.stderr.write('written: bench/results/failover.md and .json\n')
