// `hl backups prune`: removes what retention does not keep.
import {Flags} from '@oclif/core'
import {decideRetention, type Retention} from '../../../src/backup/catalog/retention.ts'
import {pruneArchive} from '../../../src/backup/prune-archive.ts'
import {readArchive} from '../../../src/backup/read-archive.ts'
import {parseTime} from '../../../src/backup/restore/parse-time.ts'
import {whileLocked} from '../../../src/cluster/lab/lock.ts'
import {HlError} from '../../../src/model/errors.ts'
import {parseDurationMs} from '../../../src/model/time.ts'
import {plural} from '../../../src/report/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {monotonicClock} from '../../monotonic-clock.ts'
import {confirmByName} from '../../view/ask.ts'
import {docker, openLab} from '../../wire.ts'

type PruneAnswer = Retention & {readonly systemIdentifier: string; readonly removed: boolean}

export default class BackupsPrune extends BaseCommand {
  static override summary = 'Remove the backups and the WAL that retention does not keep; shows them first'
  static override description = 'What any rule keeps is kept. A chain stays or goes whole, one full backup always stays, pinned ones too. Without --confirm nothing is removed.'
  static override flags = {
    'keep-full': Flags.integer({description: 'so many of the newest full backups, with what depends on them', helpValue: '<n>', min: 1}),
    'keep-for': Flags.string({description: 'backups no older than this', helpValue: '<duration>'}),
    window: Flags.string({description: 'every moment of this long a time stays restorable', helpValue: '<duration>'}),
    confirm: Flags.string({description: 'the name of the lab: remove it', helpValue: '<lab>'}),
  }
  static override examples = ['<%= config.bin %> backups prune --keep-full 2', '<%= config.bin %> backups prune --window 24h --confirm lab']

  override async run(): Promise<readonly PruneAnswer[]> {
    const {flags} = await this.parse(BackupsPrune)
    const {lab} = this.settingsFrom(flags)
    const policy = {keepFull: flags['keep-full'], keepForMs: duration('--keep-for', flags['keep-for']), windowMs: duration('--window', flags.window)}
    if (Object.values(policy).every(rule => rule === undefined)) throw new HlError('USAGE', 'without a rule everything is kept', {next: ['hl backups prune --keep-full 2', 'hl backups prune --window 24h']})
    const {cluster} = await openLab(this.settingsFrom(flags))
    const work = async (): Promise<readonly PruneAnswer[]> => Promise.all((await readArchive(cluster)).map(async listing => {
      const decided = decideRetention(listing, policy, parseTime(monotonicClock().wallTime()) ?? 0)
      for (const {id, why} of decided.remove) this.show(`${flags.confirm === undefined ? 'would remove' : 'removes'} ${id}: ${why}`)
      for (const {id, why} of decided.keep) this.show(`keeps ${id}: ${why}`)
      this.show(`${flags.confirm === undefined ? 'would remove' : 'removes'} ${plural(decided.removeWal.length, 'WAL file')}`)
      if (flags.confirm !== undefined) await pruneArchive(cluster, {systemIdentifier: listing.systemIdentifier, backups: decided.remove.map(({id}) => id), wal: decided.removeWal})
      return {...decided, systemIdentifier: listing.systemIdentifier, removed: flags.confirm !== undefined}
    }))
    if (flags.confirm === undefined) {
      this.note(`nothing was removed; --confirm ${lab} removes it`)
      return work()
    }
    await confirmByName({lab, destroys: `this removes backups of lab ${lab}`, given: flags.confirm, mayAsk: this.mayAsk()})
    return whileLocked(docker, {lab, what: 'hl backups prune'}, work)
  }
}

function duration(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDurationMs(text)
  if (ms === null) throw new HlError('USAGE', `${flag} ${text} is no duration`, {next: [`for example ${flag} 24h`]})
  return ms
}
