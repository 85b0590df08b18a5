// The scenario table of docs/results.md: every failover scenario on one real lab. Verdicts are hl's.
//   node bench/failover.ts                         primary-crash 10 times, every other scenario once
//   node bench/failover.ts --others 3              every other scenario 3 times
//   node bench/failover.ts switchover full-stop    only these, 10 times
// Writes bench/results/failover.md and .json. Nothing else should run on the host; a run on a starved host says so.
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {cpus, tmpdir, totalmem} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {failoverNames, failoverScenarios, type FailoverName} from '../scenarios/index.ts'
import {runExperiment} from '../src/experiment/run-experiment.ts'
import {docker} from '../src/lab/docker/local-docker.ts'
import {downLab} from '../src/lab/lifecycle/down-lab.ts'
import {bringUp} from '../src/lab/lifecycle/up-lab.ts'
import type {Report} from '../src/model/report.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {failoverTable} from './failover-table.ts'

const lab = 'bench'
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    repeat: {type: 'string', default: '10'},
    others: {type: 'string', default: '1'},
    seed: {type: 'string', default: '1'},
  },
})
const known = new Set<string>(failoverNames)
const isFailover = (name: string): name is FailoverName => known.has(name)
const unknown = positionals.find(name => !isFailover(name))
if (unknown !== undefined) throw new Error(`no failover scenario "${unknown}"; there are ${failoverNames.join(', ')}`)
const names = positionals.length > 0 ? positionals.filter(isFailover) : failoverNames
const repeatOf = (name: FailoverName): number =>
  Number(positionals.length > 0 || name === 'primary-crash' ? values.repeat : values.others)

const note = (text: string): void => void process.stderr.write(`${text}\n`)
const stop = new AbortController()
process.once('SIGINT', () => stop.abort('SIGINT'))
const runsRoot = mkdtempSync(join(tmpdir(), 'hl-bench-'))
const results = new URL('results/', import.meta.url)
mkdirSync(results, {recursive: true})
const host = `${cpus().length} CPUs (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`

const reports: Report[] = []
await bringUp(docker, {name: lab, settings: {}, clock: monotonicClock(), progress: note, signal: stop.signal})
try {
  for (const name of names) {
    note(`${name} x ${repeatOf(name)}`)
    const report = await runExperiment({
      scenario: failoverScenarios[name],
      lab,
      runsRoot,
      repeat: repeatOf(name),
      seed: Number(values.seed),
      through: 'router',
      overrides: {},
      keep: true,
      up: {},
      watch: () => undefined,
      note,
      signal: stop.signal,
    })
    note(`${name}: ${report.verdict}, runs in ${runsRoot}`)
    reports.push({...report, events: [], timeline: []})
    writeFileSync(new URL('failover.md', results), failoverTable(reports, host, values.seed))
    writeFileSync(new URL('failover.json', results), `${JSON.stringify(reports, null, 1)}\n`)
  }
} finally {
  await downLab(docker, lab, {volumes: true})
}
note('written: bench/results/failover.md and .json')
