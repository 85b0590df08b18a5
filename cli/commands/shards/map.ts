// `hl shards map`: which shard owns which groups of slots.
import {readMap, type MapAnswer} from '../../../src/sharding/look-at-shards.ts'
import {BaseCommand} from '../../base-command.ts'
import {mapScreen} from '../../view/shards-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsMap extends BaseCommand {
  static override summary = 'Show which shard owns which slot groups, with their epochs'
  static override description =
    'As the shard has it that keeps the map for all. There are 64 groups of 64 slots; neighbouring groups of one ' +
    'owner and one epoch are one line. An epoch grows with each change of a group.'
  static override examples = ['<%= config.bin %> shards map', '<%= config.bin %> shards map --json']

  override async run(): Promise<MapAnswer> {
    const {flags} = await this.parse(ShardsMap)
    const answer = await readMap(await openLab(this.settingsFrom(flags)))
    this.show(mapScreen(answer, this.theme(process.stdout)))
    return answer
  }
}
