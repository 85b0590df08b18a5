// `hl restore`: a lab's data at another moment, in a new lab beside it or in its own place.
import type {RestorePlan} from '../../src/backup/restore/plan-restore.ts'
import type {ConnectedLab} from '../../src/lab/lifecycle/connect-lab.ts'
import {exitCode} from '../../src/model/errors.ts'
import type {Check} from '../../src/model/verdict.ts'
import type {RestoreDone} from '../../src/recovery/finish-restore.ts'
import {prepareRestore, type PreparedRestore} from '../../src/recovery/prepare-restore.ts'
import {putBackData, restoreInPlace} from '../../src/recovery/restore-in-place.ts'
import {planIntoNewLab, restoreIntoNewLab} from '../../src/recovery/restore-into-new-lab.ts'
import {restoreRequest} from '../../src/recovery/restore-request.ts'
import {BaseCommand} from '../base-command.ts'
import {dryRunFlag} from '../experiment-flags.ts'
import {interruptible, leftToPatroni} from '../interrupt.ts'
import {restoreFlags, wantedTarget} from '../restore-flags.ts'
import {placeFlags, requireOnePlace, restoreDescription, restorePlace, restoreTexts} from '../restore-place.ts'
import {confirmByName} from '../view/ask.ts'
import {restoredScreen, restorePlanScreen} from '../view/restore-screen.ts'
import {openShard, recoveryPorts} from '../wire.ts'

export interface RestoreAnswer {
  /** null: nothing was planned, what was there was put back. */
  readonly plan: RestorePlan | null
  readonly restored: unknown
  readonly checks: readonly Check[]
}

export default class Restore extends BaseCommand {
  static override summary = 'Restore a lab from its archive up to a point, into a new lab beside it or in its own place'
  static override description = restoreDescription
  static override flags = {...placeFlags, ...restoreFlags, ...dryRunFlag}
  static override examples = [
    '<%= config.bin %> restore --into second --to 2026-11-24T10:00:00Z',
    '<%= config.bin %> restore --into second --before-drop hl.ledger',
    '<%= config.bin %> restore --in-place --to latest --dry-run',
  ]

  override async run(): Promise<RestoreAnswer> {
    const {flags} = await this.parse(Restore)
    const settings = this.settingsFrom(flags)
    requireOnePlace(flags)
    const wanted = flags['put-back'] ? null : wantedTarget(flags)
    const source = await openShard(settings, this.shardFrom(flags))
    const ask = async (destroys: string): Promise<void> =>
      confirmByName({lab: settings.lab, destroys, given: flags.confirm, hasDryRun: true, mayAsk: this.mayAsk()})
    const place = restorePlace(flags, settings, source.cluster)
    if (place.kind === 'put-back' || wanted === null) {
      await ask(`this throws away what lab ${settings.lab} holds now`)
      return this.putBack(source, this.note)
    }
    const ports = recoveryPorts(this.note, undefined)
    const request = await restoreRequest(wanted, source.cluster)
    const shown =
      place.kind === 'into'
        ? await planIntoNewLab(ports, source, request, place.lab)
        : await prepareRestore(ports, source.cluster, request, {how: 'look'})
    this.show(restorePlanScreen(shown))
    if (flags['dry-run']) return {plan: shown.plan, restored: null, checks: []}
    if (place.kind === 'in-place') await ask(`this replaces the data of lab ${settings.lab}`)
    const onReplanned = (now: PreparedRestore): void => this.show(`the archive has changed:\n${restorePlanScreen(now)}`)
    const done = await interruptible({...restoreTexts(place, settings.lab), note: this.note}, async signal =>
      place.kind === 'into'
        ? restoreIntoNewLab({...ports, signal}, source, shown, place.lab, {onReplanned})
        : restoreInPlace({...ports, signal}, source, shown, {discardCopy: flags['discard-copy'], onReplanned}),
    )
    return this.answer(done, done.prepared.plan)
  }

  private async putBack(lab: ConnectedLab, note: (text: string) => void): Promise<RestoreAnswer> {
    const put = async (signal: AbortSignal) => putBackData(recoveryPorts(note, signal), lab)
    const {member, primary} = await interruptible({...leftToPatroni, note}, put)
    this.show(`the data from before the restore is back; primary is ${primary} (it was on ${member})`)
    return {plan: null, restored: null, checks: []}
  }

  private answer({lab, restored, writableMs, checks}: RestoreDone, plan: RestorePlan): RestoreAnswer {
    this.show(restoredScreen(lab.cluster.lab, restored, writableMs, checks))
    if (checks.some(({verdict}) => verdict !== 'pass')) this.exitWith(exitCode.fail)
    return {plan, restored: {...restored, endLsn: String(restored.endLsn)}, checks}
  }
}
