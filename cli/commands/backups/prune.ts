// `hl backups prune`: removes what retention does not keep.
import {Flags} from '@oclif/core'
import {decideRetention, type Retention} from '../../../src/backup/catalog/retention.ts'
import {pruneArchive} from '../../../src/backup/prune-archive.ts'
import {readArchive} from '../../../src/backup/read-archive.ts'
import {parseTime} from '../../../src/backup/restore/parse-time.ts'
import {whileLocked} from '../../../src/lab/lifecycle/lock.ts'
import {HlError} from '../../../src/model/errors.ts'
import {plural} from '../../../src/report/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {requireNoCopy} from '../../backup-schedule.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {retentionFlags, retentionPolicy} from '../../retention-flags.ts'
import {confirmByName} from '../../view/ask.ts'
import {docker, openLab} from '../../wire.ts'

type PruneAnswer = Retention & {readonly systemIdentifier: string; readonly removed: boolean}

export default class BackupsPrune extends BaseCommand {
  static override summary = 'Remove the backups and the WAL that retention does not keep; shows them first'
  static override description =
    'What any rule keeps is kept. A chain stays or goes whole, one full backup always stays, pinned ones too. Without --confirm nothing is removed. While the lab has a recovery copy it is refused: that reads the archive.'
  static override flags = {
    ...retentionFlags,
    confirm: Flags.string({description: 'the name of the lab: remove it', helpValue: '<lab>'}),
  }
  static override examples = [
    '<%= config.bin %> backups prune --keep-full 2',
    '<%= config.bin %> backups prune --window 24h --confirm lab',
  ]

  override async run(): Promise<readonly PruneAnswer[]> {
    const {flags} = await this.parse(BackupsPrune)
    const {lab} = this.settingsFrom(flags)
    const policy = retentionPolicy(flags)
    if (policy === undefined)
      throw new HlError('USAGE', 'without a rule everything is kept', {
        next: ['hl backups prune --keep-full 2', 'hl backups prune --window 24h'],
      })
    const {cluster} = await openLab(this.settingsFrom(flags))
    const work = async (): Promise<readonly PruneAnswer[]> =>
      Promise.all(
        (await readArchive(cluster)).map(async listing => {
          const decided = decideRetention(listing, policy, parseTime(monotonicClock().wallTime()) ?? 0)
          for (const {id, why} of decided.remove)
            this.show(`${flags.confirm === undefined ? 'would remove' : 'removes'} ${id}: ${why}`)
          for (const {id, why} of decided.keep) this.show(`keeps ${id}: ${why}`)
          this.show(
            `${flags.confirm === undefined ? 'would remove' : 'removes'} ${plural(decided.removeWal.length, 'WAL file')}`,
          )
          if (flags.confirm !== undefined)
            await pruneArchive(cluster, {
              systemIdentifier: listing.systemIdentifier,
              backups: decided.remove.map(({id}) => id),
              wal: decided.removeWal,
            })
          return {...decided, systemIdentifier: listing.systemIdentifier, removed: flags.confirm !== undefined}
        }),
      )
    if (flags.confirm === undefined) {
      this.note(`nothing was removed; --confirm ${lab} removes it`)
      return work()
    }
    await confirmByName({
      lab,
      destroys: `this removes backups of lab ${lab}`,
      given: flags.confirm,
      mayAsk: this.mayAsk(),
    })
    return whileLocked(docker, {lab, what: 'hl backups prune'}, async () => {
      await requireNoCopy(lab)
      return work()
    })
  }
}
