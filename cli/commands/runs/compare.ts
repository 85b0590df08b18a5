// `hl runs compare`: two runs side by side, as ratios; in CI against a baseline.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {readReport, reportFrom} from '../../../src/experiment/store/stored-report.ts'
import {hint} from '../../../src/model/command-hint.ts'
import {exitCode, HlError} from '../../../src/model/errors.ts'
import {worst} from '../../../src/model/verdict.ts'
import {compare, comparisonMarkdown, comparisonText, type Comparison} from '../../../src/report/compare.ts'
import {judgeCondition, parseCondition, type Judged} from '../../../src/report/fail-if.ts'
import {BaseCommand} from '../../base-command.ts'
import {exitOfVerdict} from '../../present-report.ts'

export interface CompareAnswer extends Pick<Comparison, 'rows' | 'differences' | 'cautions'> {
  readonly conditions: readonly Judged[]
}

export default class RunsCompare extends BaseCommand {
  static override summary = 'Compare two runs: ratios, what differs in their setup, and what to be careful about'
  static override args = {
    a: Args.string({description: 'the first run; with --baseline the one that is held against it (default latest)'}),
    b: Args.string({description: 'the second run (default latest)'}),
  }
  static override flags = {
    'baseline': Flags.string({
      description: 'the first run, or a file that holds its report.json',
      helpValue: '<run|file>',
    }),
    'fail-if': Flags.string({
      multiple: true,
      description: "exit 1 when this holds of the second run: 'rto.p50>1.2x' (times the first one's), 'rto.max>30s'",
      helpValue: '<condition>',
    }),
    'format': Flags.option({description: 'the form', options: ['text', 'md'] as const, default: 'text' as const})(),
  }
  static override examples = [
    '<%= config.bin %> runs compare 1122-101502-a3 latest',
    "<%= config.bin %> runs compare --baseline baseline.json --fail-if 'rto.p50>1.2x' --fail-if 'lost>0'",
  ]

  override async run(): Promise<CompareAnswer> {
    const {args, flags} = await this.parse(RunsCompare)
    const conditions = (flags['fail-if'] ?? []).map(parseCondition)
    const {runs} = this.settingsFrom(flags)
    if (args.a === undefined && flags.baseline === undefined)
      throw new HlError('USAGE', 'two runs are compared, and none is named', {
        next: [hint('runs list', {why: 'shows what there is'}), 'name the first as argument or with --baseline'],
      })
    const [first, second] = flags.baseline === undefined ? [args.a ?? 'latest', args.b] : [flags.baseline, args.a]
    const [a, b] = [reportFrom(runs, first), readReport(runs, second ?? 'latest')]
    const comparison = compare(a, b)
    const judged = conditions.map(condition => judgeCondition(condition, a, b))
    this.show(
      flags.format === 'md' ? comparisonMarkdown(comparison) : comparisonText(comparison, this.theme(process.stdout)),
    )
    for (const {condition, verdict, detail} of judged) this.show(`${verdict}  ${condition}: ${detail}`)
    const verdict = worst(['pass', ...judged.map(each => each.verdict)])
    this.exitWith(conditions.length === 0 ? exitCode.pass : exitOfVerdict(verdict))
    const {rows, differences, cautions} = comparison
    return {rows, differences, cautions, conditions: judged}
  }
}
