// `hl drill`: a disaster, a restore, and what it cost.
import {Flags} from '@oclif/core'
import {drills, drillNames} from '../../scenarios/drills.ts'
import {HlError} from '../../src/model/errors.ts'
import type {Drill, DrillReport} from '../../src/model/drill.ts'
import {BaseCommand} from '../base-command.ts'
import {closest} from '../closest.ts'
import {drillOnce} from '../drill.ts'
import {interruptible} from '../interrupt.ts'
import {openView} from '../open-view.ts'
import {exitOfVerdict} from '../present-report.ts'
import {drawSeed} from '../seed.ts'
import {reportFile, saveReport, showText} from '../../src/experiment/store/stored-report.ts'

export default class DrillCommand extends BaseCommand {
  static override summary = 'Destroy a lab of its own, restore it from its archive, and report RTO, RPO and precision'
  static override description =
    'Brings up a lab with an archive, takes backups under load, strikes, restores into a second lab, and takes both down afterwards. Labs that are there are not touched.'
  static override flags = {
    scenario: Flags.string({
      char: 's',
      required: true,
      description: drillNames.join(', '),
      helpValue: '<name>',
      helpGroup: 'EXPERIMENT',
    }),
    seed: Flags.string({description: 'repeat the same draws', helpValue: '<n>', helpGroup: 'EXPERIMENT'}),
    keep: Flags.boolean({description: 'leave both labs running', helpGroup: 'EXPERIMENT'}),
    report: Flags.string({
      multiple: true,
      description: 'also write the report here; .txt, .md, .html, .xml (JUnit) or .json; repeatable',
      helpValue: '<file>',
      helpGroup: 'EXPERIMENT',
    }),
  }
  static override examples = [
    '<%= config.bin %> drill --scenario dropped-table',
    '<%= config.bin %> drill --scenario cluster-lost --report drill.html',
  ]

  override async run(): Promise<DrillReport> {
    const {flags} = await this.parse(DrillCommand)
    const given = this.settingsFrom(flags)
    // A drill destroys what it works on, so its lab is never the one that people work with.
    const settings = flags['lab'] === undefined ? {...given, lab: 'drill'} : given
    const drill = drillNamed(flags.scenario)
    const files = (flags.report ?? []).map(reportFile)
    const view = openView({
      quiet: flags['quiet'] === true,
      verbose: flags['verbose'] === true,
      json: this.jsonEnabled(),
      theme: this.theme(process.stderr),
    })
    const note = (text: string): void => this.note(text)
    const report = await interruptible(
      {
        once: 'interrupted: taking the labs away; again to leave them',
        twice: `left as it is; hl down --lab ${settings.lab} --volumes --confirm ${settings.lab}, and the same for ${settings.lab}-restored`,
        note,
      },
      async signal =>
        drillOnce({
          drill,
          settings,
          seed: settings.seed ?? drawSeed(),
          keep: flags.keep,
          watch: event => view.onEvent(event),
          note,
          signal,
        }),
    ).finally(() => view.close())
    for (const {path, format} of files) saveReport(path, report, format)
    this.show(showText(report, this.theme(process.stdout), process.stdout.columns || 100))
    this.exitWith(exitOfVerdict(report.verdict))
    return report
  }
}

function drillNamed(name: string): Drill {
  const found = Object.values(drills).find(drill => drill.name === name)
  if (found !== undefined) return found
  const near = closest(name, drillNames)
  throw new HlError('SCENARIO_UNKNOWN', `no drill is called "${name}"`, {
    next: [...(near === null ? [] : [`did you mean ${near}`]), `there are ${drillNames.join(', ')}`],
  })
}
