// `hl backups create`: takes a backup, of every shard where the lab has several and none is named.
import {hintText} from '../../../src/model/command-hint.ts'
import {atShard} from '../../../src/lab/lifecycle/connect-lab.ts'
import {messageOf} from '../../../src/model/errors.ts'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {createBackup} from '../../../src/recovery/create-backup.ts'
import {createBackups, type ShardBackups, type ShardOutcome} from '../../../src/recovery/create-backups.ts'
import {isSharded} from '../../../src/sharding/lab-shards.ts'
import {backupFlags, wantedBackup} from '../../backup-flags.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible, type InterruptTexts} from '../../interrupt.ts'
import {resumeReplay, takenText} from '../../view/backup-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openLab, recoveryPorts} from '../../wire.ts'

export default class BackupsCreate extends BaseCommand {
  static override summary = 'Take a base backup, an incremental one, or a logical one; of a lab of shards, of each'
  static override description =
    'From a standby unless told otherwise, by pg_basebackup or pg_dump. An incremental one becomes a full one ' +
    'where there is none to build on, and after every timeline switch. Of a lab of shards every shard gets one, ' +
    'one after the other, unless --shard names one; where one fails the others are taken and kept, and the error ' +
    'names it.'
  static override flags = {...shardFlag, ...backupFlags}
  static override examples = [
    '<%= config.bin %> backups create',
    '<%= config.bin %> backups create --kind incremental',
    '<%= config.bin %> backups create --content',
    '<%= config.bin %> backups create --lab sharded --shard s2',
    '<%= config.bin %> backups create --compress server-zstd:3 --rate 50M --label before-migration --pin',
  ]

  override async run(): Promise<BackupRecord | ShardBackups> {
    const {flags} = await this.parse(BackupsCreate)
    const settings = this.settingsFrom(flags)
    const choice = this.shardFrom(flags)
    const wanted = wantedBackup(flags)
    const lab = await openLab(settings)
    if (flags.shard === undefined && isSharded(lab) && lab.clusters.length > 1)
      return interruptible(this.texts(settings.lab, null), async signal =>
        createBackups(recoveryPorts(this.note, signal), lab, wanted, outcome => this.tell(settings.lab, outcome)),
      )
    const {cluster} = atShard(lab, choice)
    const record = await interruptible(this.texts(cluster.lab, cluster.name), async signal =>
      createBackup(recoveryPorts(this.note, signal), cluster, wanted),
    )
    this.show(takenText(record, cluster))
    return record
  }

  private tell(lab: string, outcome: ShardOutcome): void {
    const {shard} = outcome
    this.show(
      'backup' in outcome
        ? `${shard}: ${takenText(outcome.backup, {lab, name: shard})}`
        : `${shard}: FAILED: ${messageOf(outcome.error)}`,
    )
  }

  private texts(lab: string, shard: string | null): InterruptTexts {
    return {
      once: 'interrupted: a backup in hand is given up, a whole one stays without its content; replay goes on',
      twice: `stopped; ${hintText(resumeReplay, lab, shard)}`,
      note: this.note,
    }
  }
}
