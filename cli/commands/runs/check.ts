// `hl runs check`: judges stored files again, by today's checkers.
import {Args} from '@oclif/core'
import {BaseCommand} from '../../base-command.ts'
import {exitOfVerdict} from '../../present-report.ts'
import {judgeAgain, showText, type AnyReport} from '../../../src/experiment/store/stored-report.ts'

export default class RunsCheck extends BaseCommand {
  static override summary = 'Judge a stored run again, also one that was cut off; the exit code is the verdict'
  static override args = {run: Args.string({description: 'an id, or latest', default: 'latest'})}
  static override examples = ['<%= config.bin %> runs check latest']

  override async run(): Promise<AnyReport> {
    const {args, flags} = await this.parse(RunsCheck)
    const report = judgeAgain(this.settingsFrom(flags).runs, args.run)
    this.show(showText(report, this.theme(process.stdout), process.stdout.columns || 100))
    this.exitWith(exitOfVerdict(report.verdict))
    return report
  }
}
