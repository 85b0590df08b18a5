// `hl shards drain`: a shard becomes empty; its groups go to the others.
import {Args} from '@oclif/core'
import {loadsFrom} from '../../../src/sharding/move-request.ts'
import {MoveCommand, type MovesAnswer} from '../../move-command.ts'
import {byFlag, movingFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsDrain extends MoveCommand {
  static override summary = 'Move all groups of a shard to the others, so that it can be taken away'
  static override description =
    'The shard that keeps the map for all may be drained, and must stay: the map stays on it.'
  static override args = {shard: Args.string({description: 'the shard that becomes empty', required: true})}
  static override flags = {...byFlag, ...movingFlags}
  static override examples = ['<%= config.bin %> shards drain s3 --dry-run', '<%= config.bin %> shards drain s3 --yes']

  override async run(): Promise<MovesAnswer> {
    const {args, flags} = await this.parse(ShardsDrain)
    const request = {kind: 'drain', shard: args.shard, by: flags.by} as const
    const loads = loadsFrom(flags.load ?? [])
    return this.moveAll(await openLab(this.settingsFrom(flags)), {request, loads}, flags)
  }
}
