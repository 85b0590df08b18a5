// A restore that replaces the data of the lab itself, and its undoing. Invariants: it is planned under the lab's lock;
// the WAL that it needs was read before the data is given up. Not here: how the old data is kept and comes back
// (src/lab/lifecycle/in-place-lab.ts).
import {restoreData, type RestoredData, type RestoreJob} from '../backup/restore/restore-data.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {putBack, restoreInPlace as replaceData} from '../lab/lifecycle/in-place-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import type {RestoredLab} from '../lab/lifecycle/restored-lab.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import {finishRestore, type RestoreDone} from './finish-restore.ts'
import {notingDamage, requireSoundWal} from './planned-wal.ts'
import {jobOf, prepareRestore, sameStart, type PreparedRestore} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
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
    // While the lab still has its data: PostgreSQL would take damage for the end of all WAL.
    ports.note('reading the WAL that the restore needs')
    const planned = await prepareRestore(ports, lab.cluster, shown.request)
    const prepared = await requireSoundWal(ports, lab.cluster, planned)
    if (!sameStart(prepared, shown)) options.onReplanned?.(prepared)
    const startedMs = clock.nowMs()
    const made = await notingDamage(ports, lab.cluster, prepared, async () =>
      dataInPlace(ports, prepared, lab, options),
    )
    return {...(await finishRestore(ports, made, startedMs)), prepared}
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
