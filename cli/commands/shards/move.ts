// `hl shards move`: these groups go there, wherever they are.
import {Args, Flags} from '@oclif/core'
import {groupsFrom} from '../../../src/sharding/move-request.ts'
import {MoveCommand, type MovesAnswer} from '../../move-command.ts'
import {movingFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsMove extends MoveCommand {
  static override summary = 'Move groups to a shard, wherever they are, while the application writes'
  static override args = {groups: Args.string({description: 'the groups: 3,4 or 17-20', required: true})}
  static override flags = {
    ...movingFlags,
    to: Flags.string({description: 'the shard that gets them', helpValue: '<shard>', required: true}),
  }
  static override examples = [
    '<%= config.bin %> shards move 3,4,17-20 --to s2 --dry-run',
    '<%= config.bin %> shards move 17 --to s2 --yes',
  ]

  override async run(): Promise<MovesAnswer> {
    const {args, flags} = await this.parse(ShardsMove)
    const request = {kind: 'move', groups: groupsFrom(args.groups), to: flags.to} as const
    return this.moveAll(await openLab(this.settingsFrom(flags)), {request}, flags)
  }
}
