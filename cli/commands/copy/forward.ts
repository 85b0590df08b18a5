// `hl copy forward`: the same copy, at a later target.
import {whileLocked} from '../../../src/lab/lifecycle/lock.ts'
import {BaseCommand} from '../../base-command.ts'
import {copyAnswer, copyText, forwardCopy, type CopyAnswer} from '../../copy.ts'
import {interruptible} from '../../interrupt.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {phaseNotes, restoreFlags, restoreRequest} from '../../restore-flags.ts'
import {docker, openLab} from '../../wire.ts'

/** The copy has its backup. */
const targetFlags = Object.fromEntries(Object.entries(restoreFlags).filter(([name]) => name !== 'backup')) as Omit<
  typeof restoreFlags,
  'backup'
>

export default class CopyForward extends BaseCommand {
  static override summary = 'Move the recovery copy of a lab to a later target, on the data that it has'
  static override description =
    'Only the WAL between is replayed. Recovery never goes back: for an earlier target the copy is dropped and made again. With --to latest it follows the archive from then on, without a delay.'
  static override flags = targetFlags
  static override examples = ['<%= config.bin %> copy forward --to 2026-11-24T10:05:00Z']

  override async run(): Promise<CopyAnswer> {
    const {flags} = await this.parse(CopyForward)
    const settings = this.settingsFrom(flags)
    const lab = await openLab(settings)
    const request = await restoreRequest(flags, lab.cluster)
    const note = (text: string): void => this.note(text)
    const texts = {
      once: 'interrupted: the copy is started again as it was; again to leave it',
      twice: `left as it is; hl copy show --lab ${settings.lab} says whether it can be asked, otherwise hl copy drop --lab ${settings.lab}`,
      note,
    }
    return whileLocked(docker, {lab: settings.lab, what: 'hl copy forward'}, async () =>
      interruptible(texts, async signal => {
        await forwardCopy(lab, monotonicClock(), request, {...phaseNotes(note), signal})
        const answer = await copyAnswer(settings.lab)
        this.show(copyText(answer))
        return answer
      }),
    )
  }
}
