// `hl restore`: a new lab from the archive of another, up to a point in time.
import {Flags} from '@oclif/core'
import {verifyRestored} from '../../src/backup/restore/verify-restored.ts'
import {untilHealthy} from '../../src/cluster/lab/up-lab.ts'
import {whileLocked} from '../../src/cluster/lab/lock.ts'
import {exitCode} from '../../src/model/errors.ts'
import {BaseCommand} from '../base-command.ts'
import {dryRunFlag} from '../experiment-flags.ts'
import {interruptible} from '../interrupt.ts'
import {monotonicClock} from '../monotonic-clock.ts'
import {carryOut, prepareRestore} from '../restore.ts'
import {restoreFlags, restoreWish, type RestoreAnswer} from '../restore-flags.ts'
import {restoredScreen, restorePlanScreen} from '../view/restore-screen.ts'
import {docker, openLab, upOptions} from '../wire.ts'
import {requireNoLab} from '../../src/cluster/lab/restored-lab.ts'

export default class Restore extends BaseCommand {
  static override summary = 'Restore a lab from its archive into a new lab beside it, up to a point'
  static override description = 'Shows the plan first: which backup, which WAL, what will be lost. What cannot be reached is refused before anything is made. The lab that it comes from is not touched.'
  static override flags = {into: Flags.string({description: 'name of the new lab', helpValue: '<lab>', required: true}), ...restoreFlags, ...dryRunFlag}
  static override examples = [
    '<%= config.bin %> restore --into second --to 2026-11-24T10:00:00Z',
    '<%= config.bin %> restore --into second --before-drop hl.ledger',
    '<%= config.bin %> restore --into second --to latest --dry-run',
  ]

  override async run(): Promise<RestoreAnswer> {
    const {flags} = await this.parse(Restore)
    const settings = this.settingsFrom(flags)
    const clock = monotonicClock()
    const {cluster} = await openLab(settings)
    const options = {...upOptions({...settings, lab: flags.into, archive: settings.archive ?? cluster.archive}, {}), clock, from: settings.lab}
    await requireNoLab(docker, options)
    const wish = await restoreWish(flags, cluster)
    const prepared = await prepareRestore(cluster, clock, wish)
    this.show(restorePlanScreen(prepared))
    if (flags['dry-run']) return {plan: prepared.plan, restored: null, checks: []}
    const undo = `hl down --lab ${flags.into} --volumes --confirm ${flags.into} takes away what was made`
    return whileLocked(docker, {lab: flags.into, what: 'hl restore'}, async () => interruptible({once: 'interrupted: stopping; again to stop at once', twice: undo, note: text => this.note(text)}, async signal => {
      const startedMs = clock.nowMs()
      const progress = (text: string): void => this.note(text)
      const {lab, restored, startStandbys} = await carryOut(prepared, clock, {...options, progress, signal}, {onPhase: (phase, fromMs, toMs) => this.note(`${phase}: ${((toMs - fromMs) / 1_000).toFixed(2)} s`)})
      if (lab.cluster.archive === 'sync') await startStandbys()
      const writableMs = clock.nowMs() - startedMs
      await startStandbys()
      this.note('verifying')
      const checks = await verifyRestored(lab.cluster, await untilHealthy(lab, clock, {signal}))
      this.show(restoredScreen(flags.into, restored, writableMs, checks))
      if (checks.some(({verdict}) => verdict !== 'pass')) this.exitWith(exitCode.fail)
      return {plan: prepared.plan, restored: {...restored, endLsn: String(restored.endLsn)}, checks}
    }))
  }
}
