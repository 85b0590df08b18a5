// A restore from plan to data: what was asked for as a target goes straight to recovery, what was asked for as damage
// is looked for first in the copy and the WAL.
// Invariant: of several transactions that may be the bad one none is chosen. Not here: the phases themselves
// (run-restore.ts), the search (locate/).
import type {ArchiveListing, RestorePhase, RestoreTarget} from '../../model/backup.ts'
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Clock, RestoreNode} from '../../model/ports.ts'
import {physicalBackups} from '../catalog/physical-backups.ts'
import type {Candidate, Choice} from '../locate/choose-offending.ts'
import {endOf, searchWal, type Damage} from '../locate/search-wal.ts'
import {recoverySettings} from './parse-target.ts'
import {lineageOf, type Lineage} from '../wal/timeline-history.ts'
import type {RestorePlan} from './plan-restore.ts'
import type {PromisedEnd} from './promised-end.ts'
import {fetchAgain, runRestore, type RecoverySettings, type RestoredState, type RestoreOrder} from './run-restore.ts'
import {timelineToEndOn} from './target-timeline.ts'

export interface RestoreJob {
  readonly listing: ArchiveListing
  readonly plan: RestorePlan
  /** Absent: the plan's own target. */
  readonly damage: Damage | null
  /** Where the WAL of the plan's timeline ends in the archive. */
  readonly endLsn: Lsn
  /** How far a restore to the end must come. */
  readonly promised?: PromisedEnd | undefined
  /** Absent: just before the bad transaction. A control goes wrong here on purpose. */
  readonly targetOverride?: (offending: Candidate, node: RestoreNode) => Promise<RestoreTarget>
  /** Absent: promote. */
  readonly end?: RestoreOrder['end']
  readonly beforeStop?: RestoreOrder['beforeStop']
  readonly onPhase: (phase: RestorePhase, fromMs: number, toMs: number) => void
}

const candidatesShown = 8

export interface RestoredData extends RestoredState {
  /** The bad transaction, where one was looked for: the restore ends just before its commit. */
  readonly offending: Candidate | null
}

/** Errors: RESTORE_FAILED, TARGET_UNREACHABLE when the bad transaction is not found or not the only one. */
export async function restoreData(
  node: RestoreNode,
  clock: Clock,
  {listing, plan, damage, endLsn, promised, targetOverride, end = 'promote', beforeStop, onPhase}: RestoreJob,
): Promise<RestoredData> {
  let offending: Candidate | null = null
  const {systemIdentifier, segmentBytes} = listing
  const fetched = {systemIdentifier, backups: plan.chain.map(({id}) => id)}
  const locate = async (): Promise<RecoverySettings> => {
    const backup = plan.chain.at(-1)
    if (damage === null || backup === undefined) return plan.targetSettings
    const range = {listing, ...endOf(backup), lineage: plannedLineage(listing, plan), endLsn}
    offending = theOnly(await searchWal(node, damage, {...range, fetchAgain: async () => fetchAgain(node, fetched)}))
    return targetOverride === undefined
      ? settingsBefore(listing, plan, offending)
      : recoverySettings(await targetOverride(offending, node), plan.timeline)
  }
  const state = await runRestore(node, clock, {
    ...fetched,
    lineage: plannedLineage(listing, plan),
    segmentBytes,
    fromLsn: parseLsn(plan.chain.at(-1)?.stopLsn ?? '') ?? undefined,
    promised,
    end,
    beforeStop,
    onPhase,
    settings: damage === null ? plan.targetSettings : locate,
  })
  return {...state, offending}
}

/** Just before a transaction, along the timeline that it lies on. */
export function settingsBefore(
  listing: ArchiveListing,
  {chain, timeline}: Pick<RestorePlan, 'chain' | 'timeline'>,
  {commitLsn}: Pick<Candidate, 'commitLsn'>,
): RecoverySettings {
  const [backup] = physicalBackups(chain.slice(-1))
  const endsOn = backup === undefined ? timeline : timelineToEndOn(listing, {timeline, backup}, commitLsn)
  return recoverySettings({kind: 'lsn', lsn: commitLsn, inclusive: false}, endsOn)
}

/** A plan was made along it, so it is known. */
export function plannedLineage(listing: ArchiveListing, {timeline}: RestorePlan): Lineage {
  const lineage = lineageOf(listing, timeline)
  if (lineage === null)
    throw new HlError('BUG', `a plan along timeline ${timeline}, whose history is not known`, {
      next: ['report this with the command you ran'],
    })
  return lineage
}

/** For a person. */
export function describeCandidate({xid, commitLsn, committedAt, what}: Candidate): string {
  return `transaction ${xid}, committed ${committedAt} at ${formatLsn(commitLsn)}: ${what}`
}

/** The bad transaction, when it is the only one that can be. TARGET_UNREACHABLE otherwise. */
export function theOnly(choice: Choice): Candidate {
  if (choice.kind === 'found') return choice.offending
  if (choice.kind === 'not-found')
    throw new HlError('TARGET_UNREACHABLE', `no transaction to end before was found: ${choice.searched}`, {
      next: [
        'an older backup may lie before it: --backup <id>',
        hint('backups list'),
        'give the target yourself: --to, --to-lsn or --to-xid',
      ],
    })
  const shown = choice.candidates.slice(0, candidatesShown)
  const which = shown.length === 0 ? '' : `: ${shown.map(describeCandidate).join('; ')}`
  throw new HlError('TARGET_UNREACHABLE', `which transaction it was is not certain: ${choice.because}${which}`, {
    next: [
      ...shown.map(({commitLsn}) => `--to-lsn ${formatLsn(commitLsn)} --exclusive`),
      ...(shown.length === 0 ? ['give the target yourself: --to, --to-lsn or --to-xid'] : []),
    ],
  })
}
