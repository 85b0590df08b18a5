// `hl runs trend`: how the RTO of each scenario changes over the stored runs.
import * as Flags from '@oclif/core/flags'
import {storedFigures} from '../../../src/experiment/store/stored-figures.ts'
import {trendsOf} from '../../../src/measure/trend.ts'
import {hint, hintText} from '../../../src/model/command-hint.ts'
import type {Trend} from '../../../src/model/stored-figures.ts'
import {trendText} from '../../../src/report/slo-text.ts'
import {BaseCommand} from '../../base-command.ts'

export default class RunsTrend extends BaseCommand {
  static override summary = 'Show how the RTO of each scenario changes from run to run'
  static override description =
    'Scenarios and access paths are never mixed; the medians of the older and of the newer half are told from ten runs ' +
    'on, and no claim is made about significance: hl runs compare says what else differs between two runs. Controls ' +
    'and refusals are left out; what is not known is counted as unknown.'
  static override flags = {scenario: Flags.string({description: 'only its runs', helpValue: '<name>'})}
  static override examples = ['<%= config.bin %> runs trend', '<%= config.bin %> runs trend --scenario primary-crash']

  override async run(): Promise<readonly Trend[]> {
    const {flags} = await this.parse(RunsTrend)
    const {runs, lab} = this.settingsFrom(flags)
    const trends = trendsOf(
      storedFigures(runs).filter(({scenario}) => flags.scenario === undefined || scenario === flags.scenario),
    )
    const first = hint('failover', {flags: {scenario: 'primary-crash'}})
    this.show(
      trends.length === 0
        ? `no runs yet that could show one; make one: ${hintText(first, lab)}`
        : trendText(trends, this.theme(process.stdout)),
    )
    return trends
  }
}
