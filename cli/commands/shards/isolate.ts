// `hl shards isolate`: the group of a hot user has a shard for itself.
import {Flags} from '@oclif/core'
import {groupOfKey, oneOf} from '../../../src/sharding/move-request.ts'
import {keyTypeOfLab} from '../../../src/sharding/plan-over-shards.ts'
import {MoveCommand, type MovesAnswer} from '../../move-command.ts'
import {movingFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsIsolate extends MoveCommand {
  static override summary = 'Give one slot group, that of a hot user say, a shard for itself'
  static override description =
    'The group goes there, and what the shard had goes to the others. A user is in one group with a sixty-fourth ' +
    'of all others: the group is the least that moves.'
  static override flags = {
    ...movingFlags,
    group: Flags.integer({description: 'the group, 0 to 63', helpValue: '<n>', min: 0, max: 63}),
    key: Flags.string({description: 'or a key that is in it', helpValue: '<key>'}),
    to: Flags.string({description: 'the shard that it has for itself', helpValue: '<shard>', required: true}),
  }
  static override examples = [
    '<%= config.bin %> shards isolate --key 42 --to s3 --dry-run',
    '<%= config.bin %> shards isolate --group 17 --to s3 --yes',
  ]

  override async run(): Promise<MovesAnswer> {
    const {flags} = await this.parse(ShardsIsolate)
    const {group, key} = oneOf(flags)
    const lab = await openLab(this.settingsFrom(flags))
    const wanted = group ?? groupOfKey(await keyTypeOfLab(lab), key ?? '')
    return this.moveAll(lab, {request: {kind: 'isolate', group: wanted, shard: flags.to, by: 'bytes'}}, flags)
  }
}
