// `hl copy create`: the lab's data at another moment, beside it and read-only.
import * as Flags from '@oclif/core/flags'
import {HlError} from '../../../src/model/errors.ts'
import {parseDurationMs} from '../../../src/model/time.ts'
import type {PreparedRestore} from '../../../src/recovery/prepare-restore.ts'
import {createCopy, planCopy, type CopyAnswer, type CopyRequest} from '../../../src/recovery/recovery-copy.ts'
import {restoreRequest} from '../../../src/recovery/restore-request.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {alongOf, restoreFlags, targetFlagNames, wantedTarget} from '../../restore-flags.ts'
import {copyText} from '../../view/copy-screen.ts'
import {restorePlanScreen} from '../../view/restore-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard, recoveryPorts} from '../../wire.ts'

export default class CopyCreate extends BaseCommand {
  static override summary =
    'Recover a read-only copy of a lab beside it: at a target, or following the archive with a delay'
  static override description =
    'The copy is a container without a network, fed by the archive alone. It can be asked (copy sql), moved ' +
    'forward (copy forward), and a table of it brought back into the running lab (copy table). A copy that ' +
    'follows with a delay has not seen a bad statement yet, and needs no restore.'
  static override flags = {
    ...shardFlag,
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
    const wanted = delayMs === null ? wantedTarget(flags) : null
    const {cluster} = await openShard(settings, this.shardFrom(flags))
    const {note} = this
    const ports = recoveryPorts(note, undefined)
    const request: CopyRequest =
      wanted === null ? {delayMs: delayMs ?? 0, ...alongOf(flags)} : {at: await restoreRequest(wanted, cluster)}
    const shown = await planCopy(ports, cluster, request)
    this.show(restorePlanScreen(shown))
    const texts = {
      once: 'interrupted: taking the copy away; again to leave it',
      twice: `left as it is; hl copy drop --lab ${settings.lab} takes it away`,
      note,
    }
    const onReplanned = (now: PreparedRestore): void =>
      this.show(`the archive has changed meanwhile:\n${restorePlanScreen(now)}`)
    const answer = await interruptible(texts, async signal =>
      createCopy({...ports, signal}, cluster, request, shown, {onReplanned}),
    )
    this.show(copyText(answer))
    return answer
  }
}
