// `hl shards rebalance`: each shard has its share again, while the application runs.
import {loadsFrom, weightsFrom} from '../../../src/sharding/move-request.ts'
import {MoveCommand, type MovesAnswer} from '../../move-command.ts'
import {byFlag, movingFlags, shareFlags, toleranceFrom} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsRebalance extends MoveCommand {
  static override summary = 'Move groups until each shard has its share, while the application writes'
  static override description =
    'Copies from one snapshot, catches up by logical replication, compares contents, and switches within ' +
    'milliseconds or not at all. The last move keeps its way back open until it is finished.'
  static override flags = {...byFlag, ...shareFlags, ...movingFlags}
  static override examples = [
    '<%= config.bin %> shards rebalance --dry-run',
    '<%= config.bin %> shards rebalance --by rows --yes',
    '<%= config.bin %> shards rebalance --weight s1=2 --finish',
  ]

  override async run(): Promise<MovesAnswer> {
    const {flags} = await this.parse(ShardsRebalance)
    const {by} = flags
    const request = {kind: 'rebalance', by, weights: weightsFrom(flags.weight ?? []), ...toleranceFrom(flags)} as const
    const loads = loadsFrom(flags.load ?? [])
    return this.moveAll(await openLab(this.settingsFrom(flags)), {request, loads}, flags)
  }
}
