// `hl runs show`: the report of a stored run, in any form.
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../base-command.ts'
import {formats, readReport, render, showText} from '../../../src/experiment/store/stored-report.ts'
import type {AnyReport, Format} from '../../../src/experiment/store/stored-report.ts'

export default class RunsShow extends BaseCommand {
  static override summary = 'Show the report of a run'
  static override args = {run: Args.string({description: 'an id, or latest', default: 'latest'})}
  static override flags = {
    format: Flags.option({description: 'the form', options: formats, default: 'text' as Format})(),
  }
  static override examples = [
    '<%= config.bin %> runs show',
    '<%= config.bin %> runs show latest --format html > report.html',
  ]

  override async run(): Promise<AnyReport> {
    const {args, flags} = await this.parse(RunsShow)
    const report = readReport(this.settingsFrom(flags).runs, args.run)
    this.show(
      flags.format === 'text'
        ? showText(report, this.theme(process.stdout), process.stdout.columns || 100)
        : render(report, flags.format),
    )
    return report
  }
}
