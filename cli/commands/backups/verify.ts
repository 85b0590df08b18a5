// `hl backups verify`: are the stored bytes what they were?
import {Args} from '@oclif/core'
import {findBackup} from '../../../src/backup/find-backup.ts'
import {readArchive} from '../../../src/backup/read-archive.ts'
import {verifyBackup} from '../../../src/backup/verify-backup.ts'
import {gapsIn} from '../../../src/backup/wal/archive-contents.ts'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {BaseCommand} from '../../base-command.ts'
import {monotonicClock} from '../../monotonic-clock.ts'
import {openLab} from '../../wire.ts'

export interface VerifyAnswer {
  readonly verified: readonly BackupRecord[]
  readonly gaps: readonly string[]
}

export default class BackupsVerify extends BaseCommand {
  static override summary = 'Compare backups with their manifests and look for gaps in the WAL; exit 1 when something is wrong'
  static override args = {backup: Args.string({description: 'one backup; absent: all'})}
  static override examples = ['<%= config.bin %> backups verify', '<%= config.bin %> backups verify latest']

  override async run(): Promise<VerifyAnswer> {
    const {args, flags} = await this.parse(BackupsVerify)
    const {cluster} = await openLab(this.settingsFrom(flags))
    const listings = await readArchive(cluster)
    const wanted = args.backup === undefined ? listings.flatMap(({backups}) => backups) : [findBackup(listings, args.backup)]
    const clock = monotonicClock()
    const verified: BackupRecord[] = []
    for (const backup of wanted) {
      const done = await verifyBackup(cluster, clock, backup)
      verified.push(done)
      this.show(`${done.verified?.ok === true ? 'ok      ' : 'DAMAGED '} ${done.id}: ${done.verified?.detail ?? ''}`)
    }
    const gaps = listings.flatMap(listing => gapsIn(listing).map(gap => gap.text))
    for (const text of gaps) this.show(`GAP      ${text}`)
    if (verified.length === 0) this.show('there is no backup to verify; take one: hl backups create')
    if (gaps.length > 0 || verified.length === 0 || verified.some(({verified: answer}) => answer?.ok !== true)) this.exitWith(exitCode.fail)
    return {verified, gaps}
  }
}
