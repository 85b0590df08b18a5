// `hl runs compare`: two runs side by side, as ratios.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {compare, comparisonMarkdown, comparisonText} from '../../../src/report/compare.ts'
import type {Comparison} from '../../../src/report/compare.ts'
import {BaseCommand} from '../../base-command.ts'
import {readReport} from '../../../src/experiment/store/stored-report.ts'

export default class RunsCompare extends BaseCommand {
  static override summary = 'Compare two runs: ratios, what differs in their setup, and what to be careful about'
  static override args = {
    a: Args.string({description: 'the first run', required: true}),
    b: Args.string({description: 'the second run, or latest', default: 'latest'}),
  }
  static override flags = {
    format: Flags.option({description: 'the form', options: ['text', 'md'] as const, default: 'text' as const})(),
  }
  static override examples = ['<%= config.bin %> runs compare 1122-101502-a3 latest']

  override async run(): Promise<Pick<Comparison, 'rows' | 'differences' | 'cautions'>> {
    const {args, flags} = await this.parse(RunsCompare)
    const {runs} = this.settingsFrom(flags)
    const comparison = compare(readReport(runs, args.a), readReport(runs, args.b))
    this.show(
      flags.format === 'md' ? comparisonMarkdown(comparison) : comparisonText(comparison, this.theme(process.stdout)),
    )
    const {rows, differences, cautions} = comparison
    return {rows, differences, cautions}
  }
}
