// Part: planned work and a crash, under the same load, through each access path. The lab, the faults and the figures
// are hl's own. Not in the default run: it takes minutes.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {failoverScenarios} from '../../scenarios/index.ts'
import {runExperiment} from '../../src/experiment/run-experiment.ts'
import {docker} from '../../src/lab/docker/local-docker.ts'
import {downLab} from '../../src/lab/lifecycle/down-lab.ts'
import {bringUp} from '../../src/lab/lifecycle/up-lab.ts'
import {messageOf} from '../../src/model/errors.ts'
import type {Report} from '../../src/model/report.ts'
import type {AccessPathName} from '../../src/model/scenario.ts'
import {monotonicClock} from '../../src/waiting/monotonic-clock.ts'
import {percentText, secondsText} from './format.ts'
import type {Bench, Findings, Part} from './part.ts'

const lab = 'bench'
const seed = 1
const ways: readonly AccessPathName[] = ['router', 'pgpool', 'multi-host']
/**
 * By how patient the clients are: 15 s outlast a switchover; 2 s do not outlast a crash, whose lease alone takes up to
 * 20.
 */
const scenarios = ['switchover', 'primary-crash'] as const
type ScenarioName = (typeof scenarios)[number]

/** What came of one way; null: it was refused, or was interrupted. */
interface Outcome {
  readonly scenario: ScenarioName
  readonly way: AccessPathName
  readonly report: Report | null
}

export const failoverWays: Part = {
  name: 'failover-ways',
  about: 'planned work and a crash under load, through the router, pgpool-II and a client with several hosts',
  run,
}

async function run({undo, tell}: Bench): Promise<Findings> {
  const runsRoot = mkdtempSync(join(tmpdir(), 'hl-bench-'))
  undo.defer('removing the runs', async () => {
    rmSync(runsRoot, {recursive: true})
  })
  const stop = new AbortController()
  // A run that is going on heals what it broke when it is stopped, and the lab is locked until then.
  let running: Promise<unknown> = Promise.resolve()
  undo.defer('taking the lab down', async () => {
    stop.abort('SIGINT')
    await running.catch(() => undefined)
    await downLab(docker, lab, {volumes: true})
  })
  const {signal} = stop
  running = bringUp(docker, {name: lab, settings: {}, clock: monotonicClock(), progress: tell, signal})
  await running
  const outcomes: Outcome[] = []
  for (const scenario of scenarios) {
    for (const way of ways) {
      tell(`${scenario} through ${way}`)
      const experiment = runExperiment({
        scenario: failoverScenarios[scenario],
        lab,
        runsRoot,
        repeat: 1,
        seed,
        through: way,
        overrides: {},
        keep: true,
        up: {},
        watch: () => undefined,
        note: tell,
        signal,
      })
      running = experiment
      // A verdict of fail or unknown is an answer too.
      const report = await experiment.catch((error: unknown) => {
        tell(`no report of ${scenario} through ${way}: ${messageOf(error)}`)
        return null
      })
      outcomes.push({scenario, way, report})
    }
  }
  return findingsOf(outcomes)
}

function findingsOf(outcomes: readonly Outcome[]): Findings {
  const reports = outcomes.flatMap(({report}) => (report === null ? [] : [report]))
  const [first] = reports
  const load = first === undefined ? '' : `${first.config.load.writesPerSecond} writes/s`
  return {
    tables: [
      {
        title: 'Failover by access path',
        head: [
          'scenario',
          'through',
          'writes',
          'failed',
          'unknown',
          'lost',
          'RTO s',
          'longest stall s',
          'unavailable',
          'verdict',
        ],
        rows: outcomes.map(rowOf),
        note: `\`hl failover --scenario … --through … --seed ${seed}\`, one run each on one lab of three nodes; ${load}. Clients give up after 15 s in switchover, after 2 s in primary-crash. Unknown: without an answer, so the caller does not know; later found or not found in the database. RTO: from the last write before the outage to the first after it. Unavailable: the share of 100 ms without an acknowledged write, from the fault to the end of the load.`,
      },
    ],
    raw: reports.map(report => ({...report, events: [], timeline: []})),
    versions: first?.config.versions ?? {},
  }
}

function rowOf({scenario, way, report}: Outcome): readonly string[] {
  if (report === null) return [scenario, way, ...Array<string>(7).fill('-'), 'no report']
  const {writes, rto, longestStallMs, verdict} = report
  const {found, absent, unknowable} = writes.unknown
  return [
    scenario,
    way,
    String(writes.attempted),
    String(writes.failed),
    String(found + absent + unknowable),
    String(writes.lost),
    rto === null ? '-' : secondsText(rto.recovered ? rto.ms : null),
    secondsText(longestStallMs),
    rto === null ? '-' : percentText(rto.unavailableShare),
    verdict,
  ]
}
