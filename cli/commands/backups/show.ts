// `hl backups show`: one backup, all that the catalog knows.
import * as Args from '@oclif/core/args'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {showBackup} from '../../../src/recovery/list-backups.ts'
import {BaseCommand} from '../../base-command.ts'
import {backupScreen} from '../../view/backup-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard} from '../../wire.ts'

export default class BackupsShow extends BaseCommand {
  static override summary = 'Show one backup'
  static override args = {backup: Args.string({description: 'its id, the beginning of it, or latest', required: true})}
  static override flags = shardFlag
  static override examples = ['<%= config.bin %> backups show latest']

  override async run(): Promise<BackupRecord> {
    const {args, flags} = await this.parse(BackupsShow)
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const backup = await showBackup(cluster, args.backup)
    this.show(backupScreen(backup))
    return backup
  }
}
