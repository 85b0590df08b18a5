// What `hl failover` and `hl drill` do alike: a scenario, its plan or its run, the report and the exit code. Not here:
// flags and words of each (commands/), the run itself (src/experiment).
import type {Settings} from '../src/config/fields.ts'
import type {PlanOverrides} from '../src/experiment/plan-experiment.ts'
import {planExperiment, runExperiment, type PlanOptions} from '../src/experiment/run-experiment.ts'
import {reportFile, saveReport} from '../src/experiment/store/report-forms.ts'
import type {ShardChoice} from '../src/lab/lifecycle/choose-shard.ts'
import {HlError} from '../src/model/errors.ts'
import type {Plan} from '../src/model/plan.ts'
import type {Report} from '../src/model/report.ts'
import type {Scenario, AccessPathName} from '../src/model/scenario.ts'
import {toText} from '../src/report/to-text.ts'
import {askedFlags} from './asked-flags.ts'
import {BaseCommand} from './base-command.ts'
import type {ExperimentFlags} from './experiment-flags.ts'
import {interruptible} from './interrupt.ts'
import {shapeFrom} from './lab-flags.ts'
import {openView} from './open-view.ts'
import {exitOfVerdict, summaryForCi} from './present-report.ts'
import {resolveScenario} from './resolve-scenario.ts'
import {runOrigin} from './run-origin.ts'
import {drawSeed} from './seed.ts'
import {waitForEnter} from './view/ask.ts'
import {planScreen} from './view/plan-screen.ts'

export interface ScenarioRequest {
  readonly kind: Scenario['kind']
  readonly settings: Settings
  /** Which cluster of a lab that runs. */
  readonly shard?: ShardChoice
  readonly through: AccessPathName
  readonly overrides: PlanOverrides
  /** Said at the first and at the second Ctrl-C. */
  readonly interrupted: {readonly once: string; readonly twice: string}
}

type ChosenFlags = ExperimentFlags & {readonly scenario: string}

export abstract class ScenarioCommand extends BaseCommand {
  /** Shows the plan with --dry-run, or runs the scenario, shows its report and sets the exit code. */
  protected async runScenario(flags: ChosenFlags, request: ScenarioRequest): Promise<Report | Plan> {
    const {settings, kind, through, overrides} = request
    const scenario = await resolveScenario(flags.scenario, kind)
    const files = (flags.report ?? []).map(reportFile)
    const {lab, reach, portBase, encrypt} = settings
    const options: PlanOptions = {
      scenario,
      lab,
      ...(request.shard === undefined ? {} : {shard: request.shard}),
      seed: settings.seed ?? drawSeed(),
      through,
      overrides,
      asked: askedFlags(flags, settings, Object.keys(this.ctor.flags)),
      up: {
        ...(reach === 'auto' ? {} : {reach}),
        ...(portBase === null ? {} : {portBase}),
        ...(encrypt === null ? {} : {encrypt}),
        ...(settings.archive === null ? {} : {archive: settings.archive}),
        ...shapeFrom({profile: flags.profile}),
      },
    }
    if (flags['dry-run']) {
      const plan = await planExperiment(options)
      this.show(planScreen(plan, this.theme(process.stdout)))
      return plan
    }
    if (flags.interactive && !this.mayAsk())
      throw new HlError(
        'CONFIRMATION_MISSING',
        '--interactive asks before each step, and there is no terminal to ask on',
        {
          next: ['leave --interactive out'],
        },
      )
    const report = await this.#run(flags, request, options)
    for (const {path, format} of files) saveReport(path, report, format)
    this.show(toText(report, this.theme(process.stdout), {columns: process.stdout.columns || 100}))
    summaryForCi(report, process.env)
    this.exitWith(exitOfVerdict(report.verdict))
    return report
  }

  async #run(flags: ChosenFlags, {interrupted, settings}: ScenarioRequest, options: PlanOptions): Promise<Report> {
    const view = openView({
      quiet: flags['quiet'] === true,
      verbose: flags['verbose'] === true,
      interactive: flags.interactive,
      json: this.jsonEnabled(),
      theme: this.theme(process.stderr),
    })
    const {note} = this
    return interruptible({...interrupted, note}, async signal => {
      const beforeStep = async (label: string): Promise<void> => {
        await view.rest()
        await waitForEnter({
          text: `next: ${label}`,
          mayAsk: this.mayAsk(),
          otherwise: 'leave --interactive out',
          signal,
        })
      }
      return runExperiment({
        ...options,
        runsRoot: settings.runs,
        repeat: settings.repeat,
        keep: flags.keep,
        origin: runOrigin(flags.note, process.cwd()),
        watch: event => view.onEvent(event),
        note,
        signal,
        ...(flags.interactive ? {beforeStep} : {}),
      })
    }).finally(() => view.close())
  }
}
