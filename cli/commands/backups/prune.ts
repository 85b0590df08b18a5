// `hl backups prune`: removes what retention does not keep.
import {hint} from '../../../src/model/command-hint.ts'
import * as Flags from '@oclif/core/flags'
import {HlError} from '../../../src/model/errors.ts'
import {planPruning, pruneBackups, type Pruning} from '../../../src/recovery/prune-backups.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {BaseCommand} from '../../base-command.ts'
import {retentionFlags, retentionPolicy} from '../../retention-flags.ts'
import {confirmByName} from '../../view/ask.ts'
import {pruningScreen} from '../../view/backup-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {docker, openShard} from '../../wire.ts'

type PruneAnswer = Pruning & {readonly removed: boolean}

export default class BackupsPrune extends BaseCommand {
  static override summary = 'Remove the backups and the WAL that retention does not keep; shows them first'
  static override description =
    'What any rule keeps is kept. A chain stays or goes whole, one full backup always stays, pinned ones too. ' +
    'Without --confirm nothing is removed. While the lab has a recovery copy it is refused: that reads the ' +
    'archive.'
  static override flags = {
    ...shardFlag,
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
        next: [hint('backups prune', {flags: {'keep-full': 2}}), hint('backups prune', {flags: {window: '24h'}})],
      })
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const confirmed = flags.confirm !== undefined
    const show = (prunings: readonly Pruning[]): void => this.show(pruningScreen(prunings, confirmed))
    const answer = (prunings: readonly Pruning[]): readonly PruneAnswer[] =>
      prunings.map(pruning => ({...pruning, removed: confirmed}))
    if (!confirmed) {
      const prunings = await planPruning(monotonicClock(), cluster, policy)
      this.note(`nothing was removed; --confirm ${lab} removes it`)
      show(prunings)
      return answer(prunings)
    }
    await confirmByName({
      lab,
      destroys: `this removes backups of lab ${lab}`,
      given: flags.confirm,
      mayAsk: this.mayAsk(),
    })
    return answer(await pruneBackups({docker, clock: monotonicClock()}, cluster, policy, show))
  }
}
