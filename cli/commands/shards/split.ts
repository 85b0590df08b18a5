// `hl shards split`: half of what a shard has goes to another one.
import {Args, Flags} from '@oclif/core'
import {loadsFrom} from '../../../src/sharding/move-request.ts'
import {MoveCommand, type MovesAnswer} from '../../move-command.ts'
import {byFlag, movingFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsSplit extends MoveCommand {
  static override summary = 'Move half of what a shard has to another one'
  static override args = {shard: Args.string({description: 'the shard that is halved', required: true})}
  static override flags = {
    ...byFlag,
    ...movingFlags,
    to: Flags.string({description: 'the shard that gets the half', helpValue: '<shard>', required: true}),
  }
  static override examples = [
    '<%= config.bin %> shards split s1 --to s3 --dry-run',
    '<%= config.bin %> shards split s1 --to s3 --by rows --yes',
  ]

  override async run(): Promise<MovesAnswer> {
    const {args, flags} = await this.parse(ShardsSplit)
    const request = {kind: 'split', shard: args.shard, to: flags.to, by: flags.by} as const
    const loads = loadsFrom(flags.load ?? [])
    return this.moveAll(await openLab(this.settingsFrom(flags)), {request, loads}, flags)
  }
}
