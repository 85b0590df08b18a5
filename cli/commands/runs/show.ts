// `hl runs show`: the report of a stored run, in any form.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {Report} from '../../../src/model/report.ts'
import {formats, render, type Format} from '../../../src/experiment/store/report-forms.ts'
import {readReport} from '../../../src/experiment/store/stored-report.ts'
import {toText} from '../../../src/report/to-text.ts'
import {BaseCommand} from '../../base-command.ts'

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

  override async run(): Promise<Report> {
    const {args, flags} = await this.parse(RunsShow)
    const report = readReport(this.settingsFrom(flags).runs, args.run)
    this.show(
      flags.format === 'text'
        ? toText(report, this.theme(process.stdout), {columns: process.stdout.columns || 100})
        : render(report, flags.format),
    )
    return report
  }
}
