// `hl runs check`: judges stored files again, by today's checkers.
import * as Args from '@oclif/core/args'
import type {Report} from '../../../src/model/report.ts'
import {judgeAgain} from '../../../src/experiment/store/stored-report.ts'
import {toText} from '../../../src/report/to-text.ts'
import {BaseCommand} from '../../base-command.ts'
import {exitOfVerdict} from '../../present-report.ts'

export default class RunsCheck extends BaseCommand {
  static override summary = 'Judge a stored run again, also one that was cut off; the exit code is the verdict'
  static override args = {run: Args.string({description: 'an id, or latest', default: 'latest'})}
  static override examples = ['<%= config.bin %> runs check latest']

  override async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunsCheck)
    const report = judgeAgain(this.settingsFrom(flags).runs, args.run)
    this.show(toText(report, this.theme(process.stdout), {columns: process.stdout.columns || 100}))
    this.exitWith(exitOfVerdict(report.verdict))
    return report
  }
}
