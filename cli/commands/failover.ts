// `hl failover`: breaks a cluster as a scenario says and reports what it cost.
import {Flags} from '@oclif/core'
import type {Plan} from '../../src/model/plan.ts'
import type {Report} from '../../src/model/report.ts'
import {scenarioNames} from '../../scenarios/index.ts'
import {BaseCommand} from '../base-command.ts'
import {planOverrides} from '../cluster-overrides.ts'
import {planExperiment, runExperiment} from '../experiment.ts'
import {clusterFlags, dryRunFlag, loadFlags, objectiveFlags} from '../experiment-flags.ts'
import {interruptible} from '../interrupt.ts'
import {openView} from '../open-view.ts'
import {exitOfVerdict, summaryForCi} from '../present-report.ts'
import {resolveScenario} from '../resolve-scenario.ts'
import {drawSeed} from '../seed.ts'
import {reportFile, saveReport} from '../../src/experiment/store/stored-report.ts'
import {toText} from '../../src/report/to-text.ts'
import {planScreen} from '../view/plan-screen.ts'
import {waitForEnter} from '../view/ask.ts'

export default class Failover extends BaseCommand {
  static override summary = 'Break a cluster under load and report RTO, RPO and a verdict'
  static override description =
    'Uses the running lab; where none runs it brings one up and takes it down afterwards. Heals what it broke on any exit, Ctrl-C included.'
  static override flags = {
    scenario: Flags.string({
      char: 's',
      required: true,
      description: `a name or a .ts file: ${scenarioNames.join(', ')}`,
      helpValue: '<name|file>',
      helpGroup: 'EXPERIMENT',
    }),
    repeat: Flags.string({
      description: 'trials in a row; a figure needs at least ten',
      helpValue: '<n>',
      helpGroup: 'EXPERIMENT',
    }),
    seed: Flags.string({description: 'repeat the same draws', helpValue: '<n>', helpGroup: 'EXPERIMENT'}),
    keep: Flags.boolean({description: 'leave the lab running that was brought up for this', helpGroup: 'EXPERIMENT'}),
    interactive: Flags.boolean({description: 'wait for Enter before each step', helpGroup: 'EXPERIMENT'}),
    report: Flags.string({
      multiple: true,
      description: 'also write the report here; .txt, .md, .html, .xml (JUnit) or .json; repeatable',
      helpValue: '<file>',
      helpGroup: 'EXPERIMENT',
    }),
    ...objectiveFlags,
    ...loadFlags,
    ...clusterFlags,
    ...dryRunFlag,
  }
  static override examples = [
    '<%= config.bin %> failover --scenario primary-crash',
    '<%= config.bin %> failover --scenario primary-crash --repeat 10 --seed 7 --rto-max 30s --rpo-max 0',
    '<%= config.bin %> failover --scenario primary-pause --sync quorum --ttl 30s --report pause.html',
    '<%= config.bin %> failover --scenario ./mine.ts --dry-run',
  ]

  override async run(): Promise<Report | Plan> {
    const {flags} = await this.parse(Failover)
    const settings = this.settingsFrom(flags)
    const scenario = await resolveScenario(flags.scenario)
    const files = (flags.report ?? []).map(reportFile)
    const experiment = {
      scenario,
      settings,
      overrides: planOverrides(settings, flags.param),
      seed: settings.seed ?? drawSeed(),
    }
    const theme = this.theme(process.stdout)
    if (flags['dry-run']) {
      const plan = await planExperiment(experiment)
      this.show(planScreen(plan, theme))
      return plan
    }
    const view = openView({
      quiet: flags['quiet'] === true,
      verbose: flags['verbose'] === true || flags.interactive,
      json: this.jsonEnabled(),
      theme: this.theme(process.stderr),
    })
    const note = (text: string): void => this.note(text)
    const report = await interruptible(
      {
        once: 'interrupted: healing the faults; again to leave them',
        twice: `left as it is; hl faults heal --all --lab ${settings.lab} mends it`,
        note,
      },
      async signal => {
        const beforeStep = async (label: string): Promise<void> =>
          waitForEnter({text: `next: ${label}`, mayAsk: this.mayAsk(), otherwise: 'leave --interactive out', signal})
        return runExperiment({
          ...experiment,
          keep: flags.keep,
          watch: event => view.onEvent(event),
          note,
          signal,
          ...(flags.interactive ? {beforeStep} : {}),
        })
      },
    ).finally(() => view.close())
    for (const {path, format} of files) saveReport(path, report, format)
    this.show(toText(report, theme, {columns: process.stdout.columns || 100}))
    summaryForCi(report, process.env)
    this.exitWith(exitOfVerdict(report.verdict))
    return report
  }
}
