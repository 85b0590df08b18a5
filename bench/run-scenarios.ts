// Scenarios of the package on a real lab, one after the other, into a table of bench/results that grows with each.
// Not here: which, and how the table looks.
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {cpus, tmpdir, totalmem} from 'node:os'
import {join} from 'node:path'
import type {LabChoices} from '../src/experiment/lab-choices.ts'
import {runExperiment} from '../src/experiment/run-experiment.ts'
import type {Report} from '../src/model/report.ts'
import type {Scenario} from '../src/model/scenario.ts'
import {tell} from './run-parts.ts'

export interface ScenarioRuns {
  /** Of bench/results: `<file>.md` and `.json`. */
  readonly file: string
  readonly lab: string
  readonly up: LabChoices
  readonly seed: number
  readonly runs: readonly {readonly scenario: Scenario; readonly repeat: number}[]
  readonly table: (reports: readonly Report[], host: string) => string
}

/** Ctrl-C ends the scenario that runs, which heals its lab or takes it away. */
export async function runScenarios(
  {file, lab, up, seed, runs, table}: ScenarioRuns,
  signal: AbortSignal,
): Promise<void> {
  const runsRoot = mkdtempSync(join(tmpdir(), 'hl-bench-'))
  const results = new URL('results/', import.meta.url)
  mkdirSync(results, {recursive: true})
  const host = `${cpus().length} CPUs (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`
  const reports: Report[] = []
  for (const {scenario, repeat} of runs) {
    tell(`${scenario.name} x ${repeat}`)
    const report = await runExperiment({
      scenario,
      lab,
      runsRoot,
      repeat,
      seed,
      through: 'router',
      overrides: {},
      keep: false,
      up,
      watch: () => undefined,
      note: tell,
      signal,
    })
    tell(`${scenario.name}: ${report.verdict}, runs in ${runsRoot}`)
    reports.push({...report, events: [], timeline: []})
    writeFileSync(new URL(`${file}.md`, results), table(reports, host))
    writeFileSync(new URL(`${file}.json`, results), `${JSON.stringify(reports, null, 1)}\n`)
  }
  tell(`written: bench/results/${file}.md and .json`)
}

/** Aborted by Ctrl-C. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort('SIGINT'))
  return stop.signal
}
