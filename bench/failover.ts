// The scenario table of docs/results.md: every failover scenario on one real lab. Verdicts are hl's.
//   node bench/failover.ts                         primary-crash 10 times, every other scenario once
//   node bench/failover.ts --others 3              every other scenario 3 times
//   node bench/failover.ts switchover full-stop    only these, 10 times
// Writes bench/results/failover.md and .json. Nothing else should run on the host; a run on a starved host says so.
import {parseArgs} from 'node:util'
import {failoverNames, failoverScenarios, type FailoverName} from '../scenarios/index.ts'
import {docker} from '../src/lab/docker/local-docker.ts'
import {downLab} from '../src/lab/lifecycle/down-lab.ts'
import {bringUp} from '../src/lab/lifecycle/up-lab.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {failoverTable} from './failover-table.ts'
import {tell} from './run-parts.ts'
import {runScenarios, stopSignal} from './run-scenarios.ts'

const lab = 'bench'
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    repeat: {type: 'string', default: '10'},
    others: {type: 'string', default: '1'},
    seed: {type: 'string', default: '1'},
  },
})
const isFailover = (name: string): name is FailoverName => (failoverNames as readonly string[]).includes(name)
const unknown = positionals.find(name => !isFailover(name))
if (unknown !== undefined) throw new Error(`no failover scenario "${unknown}"; there are ${failoverNames.join(', ')}`)
const names = positionals.length > 0 ? positionals.filter(isFailover) : failoverNames
const repeatOf = (name: FailoverName): number =>
  Number(positionals.length > 0 || name === 'primary-crash' ? values.repeat : values.others)

const signal = stopSignal()
await bringUp(docker, {name: lab, settings: {}, clock: monotonicClock(), progress: tell, signal})
try {
  await runScenarios(
    {
      file: 'failover',
      lab,
      up: {},
      seed: Number(values.seed),
      runs: names.map(name => ({scenario: failoverScenarios[name], repeat: repeatOf(name)})),
      table: (reports, host) => failoverTable(reports, host, values.seed),
    },
    signal,
  )
} finally {
  await downLab(docker, lab, {volumes: true})
}
