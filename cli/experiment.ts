// `hl failover`, whole: a lab (found or brought up), the lock, the trials, the summary. Not here: one trial (trial.ts),
// flags (commands/).
import {whileLocked} from '../src/lab/lifecycle/lock.ts'
import {connectLab} from '../src/lab/lifecycle/connect-lab.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {downLab} from '../src/lab/lifecycle/down-lab.ts'
import {checkLabName} from '../src/lab/lifecycle/lab-description.ts'
import {findLab, labVolumes} from '../src/lab/lifecycle/lab-inventory.ts'
import {checkSettings} from '../src/lab/patroni/settings-to-patroni.ts'
import {upLab} from '../src/lab/lifecycle/up-lab.ts'
import type {Settings} from '../src/config/fields.ts'
import {combineTrials} from '../src/measure/combine-trials.ts'
import {HlError} from '../src/model/errors.ts'
import type {EventSink} from '../src/model/ports.ts'
import type {Plan} from '../src/model/plan.ts'
import type {Report} from '../src/model/report.ts'
import type {Scenario} from '../src/model/scenario.ts'
import {defaultSettings} from '../src/model/topology.ts'
import type {PlanOverrides} from '../src/experiment/plan-run.ts'
import {planTrial, runTrial} from './trial.ts'
import {saveSeries} from '../src/experiment/store/stored-report.ts'
import {connectOptions, docker, upOptions} from './wire.ts'

export interface ExperimentOptions {
  readonly scenario: Scenario
  readonly settings: Settings
  readonly overrides: PlanOverrides
  readonly seed: number
  readonly keep: boolean
  readonly watch: EventSink
  readonly note: (text: string) => void
  readonly signal: AbortSignal
  readonly beforeStep?: (label: string) => Promise<void>
}

/**
 * Uses the lab that runs, or brings one up and takes it away afterwards unless `keep`. Nobody else touches it
 * meanwhile.
 */
async function withLab<T>(
  {scenario, overrides, settings, keep, note, signal}: ExperimentOptions,
  what: string,
  use: (lab: ConnectedLab) => Promise<T>,
): Promise<T> {
  const name = settings.lab
  checkLabName(name)
  return whileLocked(docker, {lab: name, what}, async () => {
    if ((await findLab(docker, name)).services.length > 0)
      return use(await connectLab(docker, name, connectOptions(settings)))
    checkSettings({...defaultSettings, ...scenario.cluster.settings, ...overrides.settings})
    note(`no lab "${name}" is running: bringing one up${keep ? '' : ', and down again afterwards (--keep leaves it)'}`)
    // Data that an earlier lab left was kept on purpose: it is used, and stays.
    const volumes = (await labVolumes(docker, name)).length === 0
    try {
      return await use((await upLab(docker, {...upOptions(settings, {}), progress: note, signal})).lab)
    } finally {
      if (!keep) {
        await downLab(docker, name, {volumes})
        note(`lab "${name}" taken down`)
      }
    }
  })
}

/** All trials; of several, the summary lies in the folder of the last. */
export async function runExperiment(options: ExperimentOptions): Promise<Report> {
  const {scenario, settings, overrides, seed, watch, note, signal} = options
  const trials = settings.repeat
  return withLab(options, `hl failover --scenario ${scenario.name}`, async lab => {
    const reports: Report[] = []
    for (let trial = 1; trial <= trials; trial++) {
      signal.throwIfAborted()
      if (trials > 1) note(`trial ${trial} of ${trials}`)
      const choices = {seed: seed + trial - 1, through: settings.through, overrides}
      reports.push(
        await runTrial({
          lab,
          scenario,
          choices,
          runsRoot: settings.runs,
          trial,
          trials,
          watch,
          signal,
          ...(options.beforeStep === undefined ? {} : {beforeStep: options.beforeStep}),
        }),
      )
    }
    const [first, ...rest] = reports
    if (first === undefined)
      throw new HlError('BUG', 'no trial was run', {next: ['report this with the command you ran']})
    if (rest.length === 0) return first
    const combined = combineTrials([first, ...rest])
    saveSeries(settings.runs, combined, Object.values(lab.secrets))
    return combined
  })
}

/** The plan for the first trial: what --dry-run shows. Needs a lab that runs, and changes nothing. */
export async function planExperiment({
  scenario,
  settings,
  overrides,
  seed,
}: Pick<ExperimentOptions, 'scenario' | 'settings' | 'overrides' | 'seed'>): Promise<Plan> {
  const lab = await connectLab(docker, settings.lab, connectOptions(settings))
  return planTrial({lab, scenario, choices: {seed, through: settings.through, overrides}})
}
