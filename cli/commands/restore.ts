// `hl restore`: a lab's data at another moment, in a new lab beside it or in its own place.
import {exitCode} from '../../src/model/errors.ts'
import {worst} from '../../src/model/verdict.ts'
import {prepareRestore, type PreparedRestore} from '../../src/recovery/prepare-restore.ts'
import {restoreInPlace} from '../../src/recovery/restore-in-place.ts'
import {planIntoNewLab, restoreIntoNewLab} from '../../src/recovery/restore-into-new-lab.ts'
import {restoreRequest} from '../../src/recovery/restore-request.ts'
import type {Resumed} from '../../src/recovery/resume-restore.ts'
import {BaseCommand} from '../base-command.ts'
import {dryRunFlag} from '../experiment-flags.ts'
import {interruptible} from '../interrupt.ts'
import {restoreAnswer, type RestoreAnswer} from '../restore-answer.ts'
import {afterRestore} from '../restore-aftermath.ts'
import {barrierRequest, restoreToBarrier, type BarrierRestoreAnswer} from '../restore-to-barrier.ts'
import {barrierFlag, restoreFlags, wantedTarget} from '../restore-flags.ts'
import {aftermathOf, placeFlags, restoreDescription, restorePlace, restoreTexts} from '../restore-place.ts'
import {confirmByName} from '../view/ask.ts'
import {restoredScreen, restorePlanScreen} from '../view/restore-screen.ts'
import {openShard, recoveryPorts} from '../wire.ts'

export default class Restore extends BaseCommand {
  static override summary = 'Restore a lab from its archive up to a point, into a new lab beside it or in its own place'
  static override description = restoreDescription
  static override flags = {...placeFlags, ...restoreFlags, ...barrierFlag, ...dryRunFlag}
  static override examples = [
    '<%= config.bin %> restore --into second --to 2026-11-24T10:00:00Z',
    '<%= config.bin %> restore --into second --before-drop hl.ledger',
    '<%= config.bin %> restore --in-place --to latest --dry-run',
    '<%= config.bin %> restore --lab sharded --into second --to-barrier latest',
  ]

  override async run(): Promise<RestoreAnswer | BarrierRestoreAnswer> {
    const {flags} = await this.parse(Restore)
    const settings = this.settingsFrom(flags)
    const aftermath = aftermathOf(flags)
    const {note} = this
    const ask = async (destroys: string): Promise<void> =>
      confirmByName({lab: settings.lab, destroys, given: flags.confirm, hasDryRun: true, mayAsk: this.mayAsk()})
    if (aftermath !== null) {
      const {identity, 'discard-newer': discardNewer} = flags
      const show = (text: string): void => this.show(text)
      const done = await afterRestore(aftermath, {settings, discardNewer, identity, note, show, ask})
      return done === null ? {plan: null, restored: null, checks: []} : this.answer(done)
    }
    const barrier = barrierRequest(flags)
    if (barrier !== null) {
      const done = await restoreToBarrier(barrier, {settings, note, show: text => this.show(text)})
      this.exitWith(exitCode[worst(done.checks.map(({verdict}) => verdict))])
      return done
    }
    const wanted = wantedTarget(flags)
    const source = await openShard(settings, this.shardFrom(flags))
    const place = restorePlace(flags, settings, source.cluster)
    const ports = recoveryPorts(note, undefined)
    const request = await restoreRequest(wanted, source.cluster)
    const shown =
      place.kind === 'into'
        ? await planIntoNewLab(ports, source, request, place.lab)
        : await prepareRestore(ports, source.cluster, request, {how: 'look'})
    this.show(restorePlanScreen(shown))
    if (flags['dry-run']) return {plan: shown.plan, restored: null, checks: []}
    if (place.kind === 'in-place') await ask(`this replaces the data of lab ${settings.lab}`)
    const onReplanned = (now: PreparedRestore): void => this.show(`the archive has changed:\n${restorePlanScreen(now)}`)
    const hooks = {wanted, onReplanned}
    const done = await interruptible({...restoreTexts(place, settings.lab), note}, async signal =>
      place.kind === 'into'
        ? restoreIntoNewLab({...ports, signal}, source, shown, place.lab, hooks)
        : restoreInPlace({...ports, signal}, source, shown, {discardCopy: flags['discard-copy'], ...hooks}),
    )
    return this.answer(done)
  }

  private answer(done: Resumed): RestoreAnswer {
    this.show(restoredScreen(done.lab.cluster.lab, done.restored, done.writableMs, done.checks))
    this.exitWith(exitCode[worst(done.checks.map(({verdict}) => verdict))])
    return restoreAnswer(done)
  }
}
