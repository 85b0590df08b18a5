// `hl shards list`: who the shards are, what they own, and may they serve?
import {exitCode} from '../../../src/model/errors.ts'
import {listShards, type ShardsAnswer} from '../../../src/sharding/look-at-shards.ts'
import {BaseCommand} from '../../base-command.ts'
import {shardsScreen} from '../../view/shards-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsList extends BaseCommand {
  static override summary =
    'Show the shards of a lab: primary, groups owned, and may each serve; exit 1 when one may not'
  static override description =
    'Each shard is asked on its primary, and what it says is held against the map. One that was set back behind ' +
    'the map, by a restore or a failover that lost commits, serves nothing until that is mended.'
  static override examples = ['<%= config.bin %> shards list', '<%= config.bin %> shards list --lab sharded --json']

  override async run(): Promise<ShardsAnswer> {
    const {flags} = await this.parse(ShardsList)
    const answer = await listShards(await openLab(this.settingsFrom(flags)))
    this.show(shardsScreen(answer, this.theme(process.stdout)))
    if (answer.shards.some(({standing}) => standing !== 'serving')) this.exitWith(exitCode.fail)
    return answer
  }
}
