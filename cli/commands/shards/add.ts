// `hl shards add`: a cluster of the lab becomes a shard, and gets its share.
import {Args, Flags} from '@oclif/core'
import {appMigrations} from '../../../src/sharding/app-migrations.ts'
import {joinShard, requireCluster} from '../../../src/sharding/join-shard.ts'
import {loadsFrom} from '../../../src/sharding/move-request.ts'
import {interruptible} from '../../interrupt.ts'
import {folderFlag} from '../../lab-migrations.ts'
import {MoveCommand, type MovesAnswer} from '../../move-command.ts'
import {byFlag, movingFlags} from '../../move-flags.ts'
import {docker, openLab} from '../../wire.ts'

const texts = {once: 'interrupted: run it again to go on', twice: 'left as it is; run it again to go on'}

export default class ShardsAdd extends MoveCommand {
  static override summary = 'Make a cluster of the lab a shard: migrate it, prove its schema equal, give it its share'
  static override description =
    'Bring the cluster up first, with `hl up --lab <name> --add-shard`, and tell every pool of it before its ' +
    'first group comes. It owns nothing until a move gives it something.'
  static override args = {shard: Args.string({description: 'the cluster that is to be a shard', required: true})}
  static override flags = {
    ...byFlag,
    ...folderFlag,
    ...movingFlags,
    empty: Flags.boolean({description: 'make it a shard, and move nothing to it yet', default: false}),
  }
  static override examples = ['<%= config.bin %> shards add s3 --dry-run', '<%= config.bin %> shards add s3 --yes']

  override async run(): Promise<MovesAnswer> {
    const {args, flags} = await this.parse(ShardsAdd)
    const {shard} = args
    const lab = await openLab(this.settingsFrom(flags))
    requireCluster(lab, shard)
    const {note} = this
    if (!flags['dry-run']) {
      const migrations = await appMigrations(flags.folder)
      await interruptible({...texts, note}, async signal =>
        joinShard(docker, lab, {shard, migrations, progress: note, signal}),
      )
    }
    if (flags.empty) {
      this.show(`${shard} ${flags['dry-run'] ? 'would be' : 'is'} a shard of the map, and owns nothing yet`)
      return {plan: null, moved: []}
    }
    const request = {kind: 'add', shard, by: flags.by} as const
    return this.moveAll(lab, {request, loads: loadsFrom(flags.load ?? [])}, flags)
  }
}
