// `hl runs`: the stored runs.
import {hint, hintText} from '../../../src/model/command-hint.ts'
import {BaseCommand} from '../../base-command.ts'
import {listStored, type StoredLine} from '../../../src/experiment/store/list-stored.ts'

export default class RunsList extends BaseCommand {
  static override aliases = ['runs']
  static override summary = 'List the stored runs, newest first'
  static override examples = ['<%= config.bin %> runs']

  override async run(): Promise<readonly StoredLine[]> {
    const {flags} = await this.parse(RunsList)
    const settings = this.settingsFrom(flags)
    const runs = listStored(settings.runs)
    const first = hint('failover', {flags: {scenario: 'primary-crash'}})
    if (runs.length === 0) this.show(`no runs yet; make one: ${hintText(first, settings.lab)}`)
    else
      this.showTable(
        [
          {name: 'RUN'},
          {name: 'SCENARIO'},
          {name: 'VERDICT'},
          {name: 'RTO', align: 'right'},
          {name: 'LOST', align: 'right'},
          {name: 'SEED', align: 'right'},
          {name: 'STARTED'},
        ],
        runs.map(run => [run.run, run.scenario, run.verdict, run.rto, run.lost, run.seed, run.startedAt]),
      )
    return runs
  }
}
