// Part: planned work and a crash, under the same load, through each access path. The lab, the faults and the figures
// are hl's own. Not in the default run: it takes minutes.
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {runOnTerminal} from '../../src/lab/docker/docker.ts'
import type {Report} from '../../src/model/report.ts'
import type {AccessPathName} from '../../src/model/scenario.ts'
import {percentText, secondsText} from './format.ts'
import type {Bench, Findings, Part} from './part.ts'

const lab = 'bench'
const seed = '1'
const ways: readonly AccessPathName[] = ['router', 'pgpool', 'multi-host']
/**
 * By how patient the clients are: 15 s outlast a switchover; 2 s do not outlast a crash, whose lease alone takes up to
 * 20.
 */
const scenarios = ['switchover', 'primary-crash'] as const
type ScenarioName = (typeof scenarios)[number]

/** What came of one way; null: hl refused, or was interrupted. */
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
  const folder = mkdtempSync(join(tmpdir(), 'hl-bench-'))
  undo.defer('removing reports', async () => {
    rmSync(folder, {recursive: true})
  })
  // A run that is going on heals by itself on Ctrl-C, and the lab is locked until then.
  let running: Promise<unknown> = Promise.resolve()
  const hl = async (...words: readonly string[]): Promise<number> => {
    const started = runOnTerminal(process.execPath, ['bin/hl.js', ...words, '--lab', lab])
    running = started
    return started
  }
  undo.defer('hl down', async () => {
    await running.catch(() => undefined)
    await hl('down', '--volumes', '--confirm', lab)
  })
  if ((await hl('up')) !== 0) throw new Error('hl up failed')
  const outcomes: Outcome[] = []
  for (const scenario of scenarios) {
    for (const way of ways) {
      tell(`${scenario} through ${way}`)
      const file = join(folder, `${scenario}-${way}.json`)
      const exitCode = await hl('failover', '--scenario', scenario, '--through', way, '--seed', seed, '--report', file)
      // A verdict of fail or unknown is an answer too.
      const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : null
      if (report === null) tell(`no report of ${scenario} through ${way}: hl ended with ${exitCode}`)
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
