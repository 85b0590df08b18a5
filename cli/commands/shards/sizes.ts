// `hl shards sizes`: how large each table is on each shard, and where rows crowd.
import {readSizes, type SizesAnswer} from '../../../src/sharding/read-sizes.ts'
import {BaseCommand} from '../../base-command.ts'
import {sizesScreen} from '../../view/sizes-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsSizes extends BaseCommand {
  static override summary = 'Show rows (estimated) and bytes of each table on each shard, and the hottest slot groups'
  static override description =
    'Rows are what the planner expects, from the last ANALYZE or VACUUM, and are not counted; bytes are measured, ' +
    'with indexes and TOAST. Slot groups are hot by the statistics of the most common keys, of which ANALYZE ' +
    'keeps at most a hundred for a table: a table whose key is unique has none.'
  static override examples = ['<%= config.bin %> shards sizes', '<%= config.bin %> shards sizes --json']

  override async run(): Promise<SizesAnswer> {
    const {flags} = await this.parse(ShardsSizes)
    const answer = await readSizes(await openLab(this.settingsFrom(flags)))
    this.show(sizesScreen(answer, this.theme(process.stdout)))
    return answer
  }
}
