// `hl backups`: the backups of a lab, and what can be reached with them.
import {hint, hintText} from '../../../src/model/command-hint.ts'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {exposedText} from '../../../src/recovery/lab-conditions.ts'
import {listBackups} from '../../../src/recovery/list-backups.ts'
import {formatBytes} from '../../../src/model/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {backupColumns, backupRow} from '../../view/backup-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard} from '../../wire.ts'

export interface BackupsAnswer {
  readonly backups: readonly BackupRecord[]
  /** What can be restored, as people read it. */
  readonly windows: readonly string[]
  readonly gaps: readonly string[]
  /** WAL files and backups that are there and cannot be relied on. */
  readonly faults: readonly string[]
  /** WAL that a member offers and the archive does not take, and why. */
  readonly refused: readonly string[]
  /** Why nothing can be restored that the primary writes now; null where it can, or nobody can say. */
  readonly exposed: string | null
  /**
   * WAL that the primary has written and the archive does not hold; null when there is nobody to ask, or nothing to
   * count from.
   */
  readonly archiveLagBytes: number | null
}

export default class BackupsList extends BaseCommand {
  static override aliases = ['backups']
  static override summary = 'List the backups, newest first, and what can be restored with them'
  static override flags = shardFlag
  static override examples = ['<%= config.bin %> backups', '<%= config.bin %> backups list --json']

  override async run(): Promise<BackupsAnswer> {
    const {flags} = await this.parse(BackupsList)
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const {backups, gaps, faults, refused, lag, exposed, ...listed} = await listBackups(cluster)
    const windows = listed.windows.map(text => `can be restored: ${text}`)
    if (backups.length === 0)
      this.show(`no backups yet; take one: ${hintText(hint('backups create'), cluster.lab, cluster.name)}`)
    else this.showTable(backupColumns, backups.map(backupRow))
    for (const text of windows) this.show(text)
    for (const text of gaps) this.show(`GAP: ${text}`)
    for (const text of faults) this.show(`DAMAGED: ${text}`)
    for (const text of refused) this.show(`REFUSED: ${text}`)
    if (exposed !== null)
      this.show(
        `${exposedText(exposed)}; ` +
          `${hintText(hint('backups create', {flags: {kind: 'full'}}), cluster.lab, cluster.name)} makes a way back`,
      )
    if (lag !== null) this.show(`archive is ${formatBytes(lag.bytes)} behind ${lag.node}`)
    return {backups, windows, gaps, faults, refused, exposed, archiveLagBytes: lag?.bytes ?? null}
  }
}
