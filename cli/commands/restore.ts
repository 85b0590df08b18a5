// `hl restore`: a lab's data at another moment, in a new lab beside it or in its own place.
import {Flags} from '@oclif/core'
import {putBack} from '../../src/lab/lifecycle/in-place-lab.ts'
import {whileLocked} from '../../src/lab/lifecycle/lock.ts'
import {requireNoLab} from '../../src/lab/lifecycle/restored-lab.ts'
import {untilHealthy} from '../../src/lab/lifecycle/up-lab.ts'
import {exitCode, HlError} from '../../src/model/errors.ts'
import {BaseCommand} from '../base-command.ts'
import {dryRunFlag} from '../experiment-flags.ts'
import {interruptible} from '../interrupt.ts'
import {monotonicClock} from '../../src/waiting/monotonic-clock.ts'
import {prepareRestore, restoreNow, type PreparedRestore, type RestorePlace} from '../restore.ts'
import {phaseNotes, restoreFlags, restoreRequest, targetFlagNames, type RestoreAnswer} from '../restore-flags.ts'
import {confirmByName} from '../view/ask.ts'
import {restoredScreen, restorePlanScreen} from '../view/restore-screen.ts'
import {docker, openLab, upOptions} from '../wire.ts'

export default class Restore extends BaseCommand {
  static override summary = 'Restore a lab from its archive up to a point, into a new lab beside it or in its own place'
  static override description =
    'Shows the plan first: which backup, which WAL, what will be lost. What cannot be reached is refused before anything is made. With --into the lab that it comes from is not touched. With --in-place its data is moved aside first, and comes back by itself when the restore fails, or with --put-back when it was cut off.'
  static override flags = {
    'into': Flags.string({description: 'name of the new lab', helpValue: '<lab>', helpGroup: 'PLACE'}),
    'in-place': Flags.boolean({
      description: 'replace the data of the lab itself; asks, or takes --confirm',
      helpGroup: 'PLACE',
    }),
    'put-back': Flags.boolean({
      description: "undo a restore in place that was cut off: the data from before it is the lab's again",
      helpGroup: 'PLACE',
    }),
    'discard-copy': Flags.boolean({
      description: 'with --in-place: throw away what an earlier one moved aside',
      helpGroup: 'PLACE',
    }),
    'confirm': Flags.string({
      description: 'the name of the lab whose data is replaced',
      helpValue: '<lab>',
      helpGroup: 'PLACE',
    }),
    ...restoreFlags,
    ...dryRunFlag,
  }
  static override examples = [
    '<%= config.bin %> restore --into second --to 2026-11-24T10:00:00Z',
    '<%= config.bin %> restore --into second --before-drop hl.ledger',
    '<%= config.bin %> restore --in-place --to latest --dry-run',
  ]

  override async run(): Promise<RestoreAnswer> {
    const {flags} = await this.parse(Restore)
    const settings = this.settingsFrom(flags)
    const {into} = flags
    if ([into !== undefined, flags['in-place'], flags['put-back']].filter(Boolean).length !== 1)
      throw new HlError('USAGE', 'a restore needs one place to go to', {
        next: ['hl restore --into <new lab> --to latest', 'hl restore --in-place --to latest'],
      })
    const clock = monotonicClock()
    const source = await openLab(settings)
    const ask = async (destroys: string): Promise<void> =>
      confirmByName({lab: settings.lab, destroys, given: flags.confirm, mayAsk: this.mayAsk()})
    if (flags['put-back']) {
      if (
        flags['dry-run'] ||
        flags['discard-copy'] ||
        [...targetFlagNames, 'identity' as const].some(name => flags[name] !== undefined)
      )
        throw new HlError('USAGE', '--put-back takes no target and no plan: it undoes what was cut off', {
          next: ['hl restore --put-back'],
        })
      await ask(`this throws away what lab ${settings.lab} holds now`)
      return whileLocked(docker, {lab: settings.lab, what: 'hl restore'}, async () => {
        const member = await putBack(docker, source, {clock, progress: text => this.note(text)})
        this.show(
          `the data from before the restore is back; primary is ${await untilHealthy(source, clock, {withinMs: 600_000})} (it was on ${member})`,
        )
        return {plan: null, restored: null, checks: []}
      })
    }
    const options =
      into === undefined
        ? null
        : {
            ...upOptions(
              {
                ...settings,
                lab: into,
                archive: settings.archive ?? source.cluster.archive,
                encrypt: settings.encrypt ?? (source.cluster.encrypted && settings.archive !== 'none'),
              },
              {},
            ),
            clock,
            from: settings.lab,
          }
    if (options !== null) await requireNoLab(docker, options)
    const prepared = await prepareRestore(source.cluster, clock, await restoreRequest(flags, source.cluster))
    this.show(restorePlanScreen(prepared))
    if (flags['dry-run']) return {plan: prepared.plan, restored: null, checks: []}
    if (options === null) await ask(`this replaces the data of lab ${settings.lab}`)
    const texts =
      options === null
        ? {
            once: 'interrupted: the old data is put back, unless the restored data is in use already; again to stop at once',
            twice: `hl restore --put-back --lab ${settings.lab} brings the old data back`,
          }
        : {
            once: 'interrupted: stopping; again to stop at once',
            twice: `hl down --lab ${options.name} --volumes --confirm ${options.name} takes away what was made`,
          }
    // The source too: retention must not take away what is being read.
    return whileLocked(docker, {lab: settings.lab, what: 'hl restore'}, async () =>
      lockedToo(into, async () =>
        interruptible({...texts, note: text => this.note(text)}, async signal => {
          // Planned again: what was shown may be gone since, or there is a newer backup, or another timeline.
          const current = await prepareRestore(source.cluster, clock, prepared.request)
          if (startOf(current) !== startOf(prepared))
            this.show(`the archive has changed meanwhile:\n${restorePlanScreen(current)}`)
          const common = {progress: (text: string) => this.note(text), signal, identity: current.request.identity}
          const place: RestorePlace =
            options === null
              ? {inPlace: {clock, discardCopy: flags['discard-copy'], ...common}}
              : {intoNew: {...options, ...common}}
          const {restored, writableMs, checks} = await restoreNow(
            current,
            source,
            clock,
            place,
            phaseNotes(text => this.note(text)),
          )
          this.show(restoredScreen(into ?? settings.lab, restored, writableMs, checks))
          if (checks.some(({verdict}) => verdict !== 'pass')) this.exitWith(exitCode.fail)
          return {plan: current.plan, restored: {...restored, endLsn: String(restored.endLsn)}, checks}
        }),
      ),
    )
  }
}

const lockedToo = async <T>(lab: string | undefined, work: () => Promise<T>): Promise<T> =>
  lab === undefined ? work() : whileLocked(docker, {lab, what: 'hl restore'}, work)

const startOf = ({plan: {chain, timeline}}: PreparedRestore): string =>
  `${timeline} ${chain.map(({id}) => id).join(' ')}`
