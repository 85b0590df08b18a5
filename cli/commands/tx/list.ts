// `hl tx list`: transactions over shards that are prepared and not ended.
import {listTransactions, type InDoubtAnswer} from '../../../src/sharding/in-doubt.ts'
import {BaseCommand} from '../../base-command.ts'
import {preparedScreen} from '../../view/tx-screen.ts'
import {openLab} from '../../wire.ts'

export default class TxList extends BaseCommand {
  static override summary =
    'Show transactions over shards that are prepared and not ended, and what may be done about each'
  static override description =
    'Changes nothing. A transaction that somebody is at work on is shown for a moment; what a crash left is ended ' +
    'by the next pool that starts, or by `<%= config.bin %> tx resolve`.'
  static override examples = ['<%= config.bin %> tx list', '<%= config.bin %> tx list --lab sharded --json']

  override async run(): Promise<InDoubtAnswer> {
    const {flags} = await this.parse(TxList)
    const answer = await listTransactions(await openLab(this.settingsFrom(flags)))
    this.show(preparedScreen(answer, this.theme(process.stdout)))
    return answer
  }
}
