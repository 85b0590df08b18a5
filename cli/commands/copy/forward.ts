// `hl copy forward`: the same copy, at a later target.
import {forwardCopy, type CopyAnswer} from '../../../src/recovery/recovery-copy.ts'
import {restoreRequest} from '../../../src/recovery/restore-request.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {restoreFlags, wantedTarget} from '../../restore-flags.ts'
import {copyText} from '../../view/copy-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard, recoveryPorts} from '../../wire.ts'

/** The copy has its backup. */
const targetFlags = Object.fromEntries(Object.entries(restoreFlags).filter(([name]) => name !== 'backup')) as Omit<
  typeof restoreFlags,
  'backup'
>

export default class CopyForward extends BaseCommand {
  static override summary = 'Move the recovery copy of a lab to a later target, on the data that it has'
  static override description =
    'Only the WAL between is replayed. Recovery never goes back: for an earlier target the copy is dropped and ' +
    'made again. With --to latest it follows the archive from then on, without a delay.'
  static override flags = {...shardFlag, ...targetFlags}
  static override examples = ['<%= config.bin %> copy forward --to 2026-11-24T10:05:00Z']

  override async run(): Promise<CopyAnswer> {
    const {flags} = await this.parse(CopyForward)
    const settings = this.settingsFrom(flags)
    const wanted = wantedTarget(flags)
    const {cluster} = await openShard(settings, this.shardFrom(flags))
    const request = await restoreRequest(wanted, cluster)
    const {note} = this
    const texts = {
      once: 'interrupted: the copy is started again as it was; again to leave it',
      twice:
        `left as it is; hl copy show --lab ${settings.lab} says whether it can be asked, otherwise ` +
        `hl copy drop --lab ${settings.lab}`,
      note,
    }
    const answer = await interruptible(texts, async signal =>
      forwardCopy(recoveryPorts(note, signal), cluster, request),
    )
    this.show(copyText(answer))
    return answer
  }
}
