// The flags of `hl restore` that say where the data goes, and what follows from them.
import {hint} from '../src/model/command-hint.ts'
import * as Flags from '@oclif/core/flags'
import type {Settings} from '../src/config/fields.ts'
import {HlError} from '../src/model/errors.ts'
import type {Cluster} from '../src/model/ports.ts'
import type {NewLab} from '../src/recovery/restore-into-new-lab.ts'
import type {InterruptTexts} from './interrupt.ts'
import {targetFlagNames} from './restore-flags.ts'
import {shardFlag} from './shard-flag.ts'
import {upOptions} from './wire.ts'

const helpGroup = 'PLACE'

export const restoreDescription =
  'Shows the plan first: which backup, which WAL, what will be lost. What cannot be reached is refused before ' +
  'anything is made. With --into the lab that it comes from is not touched. With --in-place its data is moved ' +
  'aside first, and comes back by itself when the restore fails. One that was cut off is finished by --resume, ' +
  'and undone by --put-back or, of a new lab, by hl down --lab <lab> --volumes; nothing else touches it.'

export const placeFlags = {
  ...shardFlag,
  'into': Flags.string({description: 'name of the new lab', helpValue: '<lab>', helpGroup}),
  'in-place': Flags.boolean({description: 'replace the data of the lab itself; asks, or takes --confirm', helpGroup}),
  'put-back': Flags.boolean({
    description: "undo a restore in place that was cut off: the data from before it is the lab's again",
    helpGroup,
  }),
  'resume': Flags.boolean({
    description: 'finish a restore that was cut off, of the lab of --lab: begin it anew or go on, then verify',
    helpGroup,
  }),
  'discard-newer': Flags.boolean({
    description: 'with --put-back or --resume: throw away what was written since the data was moved aside',
    helpGroup,
  }),
  'discard-copy': Flags.boolean({
    description: 'throw away what an earlier one moved aside; with --in-place before it begins',
    helpGroup,
  }),
  'confirm': Flags.string({description: 'the name of the lab whose data is replaced', helpValue: '<lab>', helpGroup}),
}

type PlaceFlags = {
  readonly 'into'?: string | undefined
  readonly 'in-place': boolean
  readonly 'put-back': boolean
  readonly 'resume': boolean
  readonly 'discard-newer': boolean
  readonly 'discard-copy': boolean
  readonly 'dry-run': boolean
} & Readonly<Partial<Record<(typeof targetFlagNames)[number] | 'identity', string | undefined>>>

export type RestorePlace = {readonly kind: 'into'; readonly lab: NewLab} | {readonly kind: 'in-place'}

/** Where it goes. A new lab archives as the source does, unless the settings say otherwise. */
export function restorePlace(
  {into}: Pick<PlaceFlags, 'into'>,
  settings: Settings,
  {archive, encrypted}: Pick<Cluster, 'archive' | 'encrypted'>,
): RestorePlace {
  if (into === undefined) return {kind: 'in-place'}
  const wanted = {
    ...settings,
    lab: into,
    archive: settings.archive ?? archive,
    encrypt: settings.encrypt ?? (encrypted && settings.archive !== 'none'),
  }
  return {kind: 'into', lab: upOptions(wanted, {})}
}

/** What is not a restore of its own: what is done with one that was cut off, or that is over. */
export type Aftermath = 'resume' | 'put-back' | 'discard-copy'

/** null: a restore. USAGE unless there is exactly one place, or one of those. */
export function aftermathOf(flags: PlaceFlags): Aftermath | null {
  const places = [flags.into !== undefined, flags['in-place'], flags['put-back'], flags.resume].filter(Boolean).length
  if (places > 1 || (places === 0 && !flags['discard-copy']))
    throw new HlError('USAGE', 'a restore needs one place to go to', {
      next: [
        hint('restore', {flags: {into: '<new lab>', to: 'latest'}}),
        hint('restore', {flags: {'in-place': true, 'to': 'latest'}}),
      ],
    })
  const aftermath = flags.resume ? 'resume' : flags['put-back'] ? 'put-back' : places === 0 ? 'discard-copy' : null
  const said = (['put-back', 'resume'] as const).find(name => flags[name])
  if (flags['discard-newer'] && said === undefined)
    throw new HlError('USAGE', '--discard-newer belongs to --put-back or --resume', {
      next: [hint('restore', {flags: {'put-back': true, 'discard-newer': true}})],
    })
  const planned =
    flags['dry-run'] ||
    (flags['discard-copy'] && said !== undefined) ||
    targetFlagNames.some(name => flags[name] !== undefined)
  const isKeyless = flags.identity === undefined || aftermath === 'resume'
  if (aftermath !== null && (planned || !isKeyless))
    throw new HlError('USAGE', `--${aftermath} takes no target and no plan: it is about a restore that was begun`, {
      next: [hint('restore', {flags: {[aftermath]: true}})],
    })
  return aftermath
}

export function restoreTexts(place: RestorePlace, lab: string): Pick<InterruptTexts, 'once' | 'twice'> {
  if (place.kind !== 'into')
    return {
      once: 'interrupted: the old data is put back, unless the restored data is in use already; again to stop at once',
      twice:
        `stopped: hl restore --resume --lab ${lab} finishes it, ` +
        `hl restore --put-back --lab ${lab} brings the old data back`,
    }
  const {name} = place.lab
  return {
    once: 'interrupted: stopping; again to stop at once',
    twice:
      `stopped: hl restore --resume --lab ${name} finishes it, ` +
      `hl down --lab ${name} --volumes --confirm ${name} takes away what was made`,
  }
}
