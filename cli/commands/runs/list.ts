// `hl runs`: the stored runs.
import {hint, hintText} from '../../../src/model/command-hint.ts'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../../base-command.ts'
import {listStored, type StoredLine} from '../../../src/experiment/store/list-stored.ts'
import {runCells, runColumns} from '../../view/runs-screen.ts'

export default class RunsList extends BaseCommand {
  static override aliases = ['runs']
  static override summary = 'List the stored runs, newest first'
  static override flags = {limit: Flags.integer({description: 'only the newest', min: 1, helpValue: '<n>'})}
  static override examples = ['<%= config.bin %> runs', '<%= config.bin %> runs list --limit 5']

  override async run(): Promise<readonly StoredLine[]> {
    const {flags} = await this.parse(RunsList)
    const settings = this.settingsFrom(flags)
    const all = listStored(settings.runs)
    const runs = flags.limit === undefined ? all : all.slice(0, flags.limit)
    const first = hint('failover', {flags: {scenario: 'primary-crash'}})
    if (all.length === 0) this.show(`no runs yet; make one: ${hintText(first, settings.lab)}`)
    else this.showTable(runColumns, runs.map(runCells))
    return runs
  }
}
