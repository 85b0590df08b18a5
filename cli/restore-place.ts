// The flags of `hl restore` that say where the data goes, and what follows from them.
import {hint} from '../src/model/command-hint.ts'
import {Flags} from '@oclif/core'
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
  'Shows the plan first: which backup, which WAL, what will be lost. What cannot be reached is refused before anything is made. With --into the lab that it comes from is not touched. With --in-place its data is moved aside first, and comes back by itself when the restore fails, or with --put-back when it was cut off.'

export const placeFlags = {
  ...shardFlag,
  'into': Flags.string({description: 'name of the new lab', helpValue: '<lab>', helpGroup}),
  'in-place': Flags.boolean({description: 'replace the data of the lab itself; asks, or takes --confirm', helpGroup}),
  'put-back': Flags.boolean({
    description: "undo a restore in place that was cut off: the data from before it is the lab's again",
    helpGroup,
  }),
  'discard-copy': Flags.boolean({
    description: 'with --in-place: throw away what an earlier one moved aside',
    helpGroup,
  }),
  'confirm': Flags.string({description: 'the name of the lab whose data is replaced', helpValue: '<lab>', helpGroup}),
}

type PlaceFlags = {
  readonly 'into'?: string | undefined
  readonly 'in-place': boolean
  readonly 'put-back': boolean
  readonly 'discard-copy': boolean
  readonly 'dry-run': boolean
} & Readonly<Partial<Record<(typeof targetFlagNames)[number] | 'identity', string | undefined>>>

export type RestorePlace =
  {readonly kind: 'into'; readonly lab: NewLab} | {readonly kind: 'in-place'} | {readonly kind: 'put-back'}

/** Where it goes. A new lab archives as the source does, unless the settings say otherwise. */
export function restorePlace(
  flags: Pick<PlaceFlags, 'into' | 'put-back'>,
  settings: Settings,
  {archive, encrypted}: Pick<Cluster, 'archive' | 'encrypted'>,
): RestorePlace {
  const {into} = flags
  if (into === undefined) return {kind: flags['put-back'] ? 'put-back' : 'in-place'}
  const wanted = {
    ...settings,
    lab: into,
    archive: settings.archive ?? archive,
    encrypt: settings.encrypt ?? (encrypted && settings.archive !== 'none'),
  }
  return {kind: 'into', lab: upOptions(wanted, {})}
}

/** USAGE. */
export function requireOnePlace(flags: PlaceFlags): void {
  if ([flags.into !== undefined, flags['in-place'], flags['put-back']].filter(Boolean).length !== 1)
    throw new HlError('USAGE', 'a restore needs one place to go to', {
      next: [
        hint('restore', {flags: {into: '<new lab>', to: 'latest'}}),
        hint('restore', {flags: {'in-place': true, 'to': 'latest'}}),
      ],
    })
  const planned =
    flags['dry-run'] ||
    flags['discard-copy'] ||
    [...targetFlagNames, 'identity' as const].some(name => flags[name] !== undefined)
  if (flags['put-back'] && planned)
    throw new HlError('USAGE', '--put-back takes no target and no plan: it undoes what was cut off', {
      next: [hint('restore', {flags: {'put-back': true}})],
    })
}

export function restoreTexts(place: RestorePlace, lab: string): Pick<InterruptTexts, 'once' | 'twice'> {
  if (place.kind !== 'into')
    return {
      once: 'interrupted: the old data is put back, unless the restored data is in use already; again to stop at once',
      twice: `hl restore --put-back --lab ${lab} brings the old data back`,
    }
  const {name} = place.lab
  return {
    once: 'interrupted: stopping; again to stop at once',
    twice: `hl down --lab ${name} --volumes --confirm ${name} takes away what was made`,
  }
}
