// `hl slo`: error budgets over the stored runs.
import * as Flags from '@oclif/core/flags'
import {storedFigures} from '../../src/experiment/store/stored-figures.ts'
import {errorBudget} from '../../src/measure/error-budget.ts'
import {trendsOf} from '../../src/measure/trend.ts'
import type {SloReport} from '../../src/model/stored-figures.ts'
import {sloHtml} from '../../src/report/slo-html.ts'
import {sloText} from '../../src/report/slo-text.ts'
import {BaseCommand} from '../base-command.ts'
import {objectiveFlags} from '../experiment-flags.ts'
import {exitOfVerdict} from '../present-report.ts'
import {shareFlag} from '../share-flag.ts'

const dayMs = 86_400_000

export default class Slo extends BaseCommand {
  static override summary = 'Show what of the error budgets the stored runs have spent: outage, RTO, RPO'
  static override description =
    'Writes may fail for 1 - availability of the window; the outages of its runs spend that. A run keeps its RTO and ' +
    'RPO by the objectives that it was made with, or by those given here. What was cut off, cannot be read or has no ' +
    'verdict is unknown: it spends nothing, and nothing passes that depends on it. Controls and refusals are left ' +
    'out. Exit code: that of the worst verdict.'
  static override flags = {
    'days': Flags.integer({description: 'runs that began in so many days until now', default: 30, min: 1}),
    'scenario': Flags.string({description: 'only its runs', helpValue: '<name>'}),
    'availability': shareFlag({description: 'share of the window in which writes succeed', default: 0.999}),
    'rto-within': shareFlag({description: 'share of the runs that are back within their RTO', default: 0.95}),
    'rpo-within': shareFlag({description: 'share of the runs that lose no more than their RPO', default: 1}),
    ...objectiveFlags,
    'format': Flags.option({
      description: 'the form; html: one page, with how RTOs change',
      options: ['text', 'html'] as const,
      default: 'text' as const,
    })(),
  }
  static override examples = [
    '<%= config.bin %> slo',
    '<%= config.bin %> slo --days 90 --availability 99.95% --rto-max 30s --rpo-max 0',
    '<%= config.bin %> slo --format html > slo.html',
  ]

  override async run(): Promise<SloReport> {
    const {flags} = await this.parse(Slo)
    const {runs, rtoMax, rpoMax} = this.settingsFrom(flags)
    const figures = storedFigures(runs).filter(
      ({scenario}) => flags.scenario === undefined || scenario === flags.scenario,
    )
    const now = Date.now()
    const ms = flags.days * dayMs
    const targets = {
      availability: flags.availability,
      rtoWithin: flags['rto-within'],
      rpoWithin: flags['rpo-within'],
      rtoMsMax: rtoMax,
      lostMax: rpoMax,
    }
    const window = {from: new Date(now - ms).toISOString(), to: new Date(now).toISOString(), ms}
    const report = errorBudget(figures, targets, window)
    const theme = this.theme(process.stdout)
    this.show(flags.format === 'html' ? sloHtml(report, trendsOf(figures)) : sloText(report, theme))
    this.exitWith(exitOfVerdict(report.verdict))
    return report
  }
}
