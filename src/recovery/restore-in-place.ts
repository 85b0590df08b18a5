// A restore that replaces the data of the lab itself, and its undoing. Invariant: it is planned under the lab's lock.
// Not here: how the old data is kept and comes back (src/lab/lifecycle/in-place-lab.ts).
import {restoreData, type RestoredData, type RestoreJob} from '../backup/restore/restore-data.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {putBack, restoreInPlace as replaceData} from '../lab/lifecycle/in-place-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import type {RestoredLab} from '../lab/lifecycle/restored-lab.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {finishRestore, type RestoreDone} from './finish-restore.ts'
import {jobOf, prepareRestore, sameStart, type PreparedRestore} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {restorableAgain} from './restorable-again.ts'
import type {RestoreHooks} from './restore-into-new-lab.ts'

const redundantMs = 600_000

export interface InPlace extends RestoreHooks {
  /** Throw away the safety copy of an earlier restore; otherwise it is refused while there is one. */
  readonly discardCopy: boolean
}

/**
 * Takes the lab, plans again, replaces its data, waits for full redundancy and verifies. A failure or an abort puts the
 * old data back, but not once the restored data was in use. Errors: LAB_BUSY, those of prepareRestore and of the
 * restore in place.
 */
export async function restoreInPlace(
  ports: RecoveryPorts,
  lab: ConnectedLab,
  shown: PreparedRestore,
  options: InPlace,
): Promise<RestoreDone & {readonly prepared: PreparedRestore}> {
  const {docker, clock} = ports
  return whileLocked(docker, {lab: lab.cluster.lab, what: 'hl restore'}, async () => {
    const prepared = await prepareRestore(ports, lab.cluster, shown.request, {how: 'archive'})
    if (!sameStart(prepared, shown)) options.onReplanned?.(prepared)
    // What was agreed to lost nothing of it; the data that has it would be gone.
    if (prepared.unarchived !== null && shown.unarchived === null)
      throw new HlError('TIMEOUT', `${prepared.unarchived}; nothing was replaced`, {
        next: [hint('status', {lab: lab.cluster.lab}), 'run it again: its plan says then what would be lost'],
      })
    const startedMs = clock.nowMs()
    const made = await dataInPlace(ports, prepared, lab, options)
    const done = await finishRestore(ports, made, startedMs)
    return {...done, checks: [...done.checks, await restorableAgain(ports, made.lab.cluster)], prepared}
  })
}

/** The data alone; returns when the primary takes writes. The caller holds the lab. */
export async function dataInPlace(
  {docker, clock, signal, note, onPhase}: RecoveryPorts,
  prepared: PreparedRestore,
  lab: ConnectedLab,
  {
    discardCopy,
    targetOverride,
  }: {readonly discardCopy: boolean; readonly targetOverride?: RestoreJob['targetOverride']},
): Promise<RestoredLab<RestoredData>> {
  return replaceData(
    docker,
    lab,
    {
      clock,
      discardCopy,
      progress: note,
      identity: prepared.request.identity,
      ...(signal === undefined ? {} : {signal}),
    },
    async node => restoreData(node, clock, jobOf(prepared, onPhase, targetOverride)),
    onPhase,
  )
}

/**
 * Undoes a restore in place that was cut off, under the lab's lock. `member`: whose copy it was; `primary`: now, with
 * full redundancy.
 */
export async function putBackData(
  ports: RecoveryPorts,
  lab: ConnectedLab,
): Promise<{readonly member: string; readonly primary: string}> {
  const {docker, clock, signal, note} = ports
  return whileLocked(docker, {lab: lab.cluster.lab, what: 'hl restore'}, async () => {
    const member = await putBack(docker, lab, {clock, progress: note})
    return {member, primary: await untilHealthy(lab, clock, {signal, note, withinMs: redundantMs})}
  })
}
