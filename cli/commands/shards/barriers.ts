// `hl shards barriers`: the barriers that are on record, and whether the archive leads to them.
import {listLabsBarriers, type BarriersAnswer} from '../../../src/recovery/barriers.ts'
import {BaseCommand} from '../../base-command.ts'
import {barriersScreen} from '../../view/barrier-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsBarriers extends BaseCommand {
  static override summary = 'List the barriers of a lab of shards, newest first, and whether a restore comes there'
  static override description =
    'The newest 50, as the shards and the archive know them: the archive knows them when every shard is lost.'
  static override examples = ['<%= config.bin %> shards barriers', '<%= config.bin %> shards barriers --json']

  override async run(): Promise<BarriersAnswer> {
    const {flags} = await this.parse(ShardsBarriers)
    const answer = await listLabsBarriers(await openLab(this.settingsFrom(flags)))
    this.show(barriersScreen(answer, this.theme(process.stdout)))
    return answer
  }
}
