// `hl backups key`: the identity of an encrypted archive, for a person to keep.
import {archiveIdentity, type ArchiveIdentity} from '../../../src/recovery/archive-identity.ts'
import {BaseCommand} from '../../base-command.ts'
import {shardFlag} from '../../shard-flag.ts'
import {docker, openShard} from '../../wire.ts'

export default class BackupsKey extends BaseCommand {
  static override summary = 'Print the identity that opens the encrypted archive of a lab, to be kept elsewhere'
  static override description =
    'Whoever has it reads every backup; without it nobody does, and it goes with the volumes of the lab. The ' +
    'archive never holds it.'
  static override flags = shardFlag
  static override examples = ['<%= config.bin %> backups key --lab shop > shop.identity']

  override async run(): Promise<ArchiveIdentity> {
    const {flags} = await this.parse(BackupsKey)
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const answer = await archiveIdentity(docker, cluster)
    this.note('whoever has this reads every backup of the lab, without it nobody does: keep it apart from the archive')
    this.show(answer.identity)
    return answer
  }
}
