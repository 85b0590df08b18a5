// `hl backups`: the backups of a lab, and what can be reached with them.
import {lagOf, primaryPosition} from '../../../src/backup/archive-lag.ts'
import {readArchive} from '../../../src/backup/read-archive.ts'
import {describeWindow, reachableWindows} from '../../../src/backup/restore/reachable-windows.ts'
import {gapsIn} from '../../../src/backup/wal/archive-gaps.ts'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {formatBytes} from '../../../src/report/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {backupColumns, backupRow} from '../../view/backup-screen.ts'
import {openLab} from '../../wire.ts'

export interface BackupsAnswer {
  readonly backups: readonly BackupRecord[]
  /** What can be restored, as people read it. */
  readonly windows: readonly string[]
  readonly gaps: readonly string[]
  /**
   * WAL that the primary has written and the archive does not hold; null when there is nobody to ask, or nothing to
   * count from.
   */
  readonly archiveLagBytes: number | null
}

export default class BackupsList extends BaseCommand {
  static override aliases = ['backups']
  static override summary = 'List the backups, newest first, and what can be restored with them'
  static override examples = ['<%= config.bin %> backups', '<%= config.bin %> backups list --json']

  override async run(): Promise<BackupsAnswer> {
    const {flags} = await this.parse(BackupsList)
    const {cluster} = await openLab(this.settingsFrom(flags))
    const listings = await readArchive(cluster)
    const backups = listings
      .flatMap(listing => listing.backups)
      .toSorted((a, b) => b.stoppedAt.localeCompare(a.stoppedAt))
    const windows = listings.flatMap(listing =>
      reachableWindows(listing).map(window => `can be restored: ${describeWindow(window)}`),
    )
    const gaps = listings.flatMap(listing => gapsIn(listing).map(gap => gap.text))
    if (backups.length === 0) this.show('no backups yet; take one: hl backups create')
    else this.showTable(backupColumns, backups.map(backupRow))
    for (const text of windows) this.show(text)
    for (const text of gaps) this.show(`GAP: ${text}`)
    const position = await primaryPosition(cluster).catch(() => null)
    const current = listings.find(({systemIdentifier}) => systemIdentifier === position?.systemIdentifier)
    const archiveLagBytes = position === null || current === undefined ? null : lagOf(current, position)
    if (archiveLagBytes !== null)
      this.show(`archive is ${formatBytes(archiveLagBytes)} behind ${position?.node ?? 'the primary'}`)
    return {backups, windows, gaps, archiveLagBytes}
  }
}
