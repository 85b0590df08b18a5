// `hl copy create`: the lab's data at another moment, beside it and read-only.
import {Flags} from '@oclif/core'
import {whileLocked} from '../../../src/lab/lifecycle/lock.ts'
import {HlError} from '../../../src/model/errors.ts'
import {parseDurationMs} from '../../../src/model/time.ts'
import {BaseCommand} from '../../base-command.ts'
import {copyAnswer, copyText, createCopy, prepareDelayed, type CopyAnswer} from '../../copy.ts'
import {interruptible} from '../../interrupt.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {prepareRestore} from '../../restore.ts'
import {alongOf, phaseNotes, restoreFlags, restoreRequest, targetFlagNames} from '../../restore-flags.ts'
import {restorePlanScreen} from '../../view/restore-screen.ts'
import {docker, openLab} from '../../wire.ts'

export default class CopyCreate extends BaseCommand {
  static override summary =
    'Recover a read-only copy of a lab beside it: at a target, or following the archive with a delay'
  static override description =
    'The copy is a container without a network, fed by the archive alone. It can be asked (hl copy sql), moved forward (hl copy forward), and a table of it brought back into the running lab (hl copy table). A copy that follows with a delay has not seen a bad statement yet, and needs no restore.'
  static override flags = {
    delay: Flags.string({
      description: 'instead of a target: follow the archive, so long behind, from the newest backup that is as old',
      helpValue: '<duration>',
    }),
    ...restoreFlags,
  }
  static override examples = [
    '<%= config.bin %> copy create --before-drop hl.ledger',
    '<%= config.bin %> copy create --delay 1h',
  ]

  override async run(): Promise<CopyAnswer> {
    const {flags} = await this.parse(CopyCreate)
    const settings = this.settingsFrom(flags)
    const delayMs = flags.delay === undefined ? null : parseDurationMs(flags.delay)
    if (flags.delay !== undefined && delayMs === null)
      throw new HlError('USAGE', `--delay ${flags.delay} is no duration`, {next: ['for example --delay 1h']})
    if (delayMs !== null && targetFlagNames.some(name => name !== 'backup' && flags[name] !== undefined))
      throw new HlError('TARGET_INVALID', 'a copy follows with a delay, or stands at a target', {
        next: ['give --delay, or a target'],
      })
    const clock = monotonicClock()
    const lab = await openLab(settings)
    const prepared =
      delayMs === null
        ? await prepareRestore(lab.cluster, clock, await restoreRequest(flags, lab.cluster))
        : await prepareDelayed(lab.cluster, clock, delayMs, alongOf(flags))
    const {target, damage} = prepared.request
    const followsAtOnce = delayMs === null && damage === null && target.kind === 'latest' ? 0 : delayMs
    this.show(restorePlanScreen(prepared))
    const note = (text: string): void => this.note(text)
    const texts = {
      once: 'interrupted: taking the copy away; again to leave it',
      twice: `left as it is; hl copy drop --lab ${settings.lab} takes it away`,
      note,
    }
    return whileLocked(docker, {lab: settings.lab, what: 'hl copy create'}, async () =>
      interruptible(texts, async signal => {
        await createCopy(lab, clock, prepared, followsAtOnce, {...phaseNotes(note), signal})
        const answer = await copyAnswer(settings.lab)
        this.show(copyText(answer))
        return answer
      }),
    )
  }
}
