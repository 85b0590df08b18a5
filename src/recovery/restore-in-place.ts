// A restore that replaces the data of the lab itself, and its undoing. Invariants: it is planned under the lab's lock;
// the WAL that it needs was read before the data is given up. Not here: how the old data is kept and comes back
// (src/lab/lifecycle/in-place-lab.ts).
import {runOnNode} from '../backup/run-on-node.ts'
import {passArchived} from '../backup/restore/pass-archived.ts'
import {restoreData, type RestoredData} from '../backup/restore/restore-data.ts'
import {atMember, type ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {restoreInPlace as replaceData, type InPlaceOptions} from '../lab/lifecycle/in-place-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {putBack, type PutBackOptions} from '../lab/lifecycle/put-back.ts'
import type {RestoredLab} from '../lab/lifecycle/restored-lab.ts'
import {readRecord} from '../lab/lifecycle/restore-record.ts'
import {atHolder, discardCopy} from '../lab/lifecycle/safety-copy.ts'
import {startSurroundings} from '../lab/lifecycle/start-surroundings.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import {whileHeld} from '../lab/lifecycle/while-held.ts'
import {hint, hintText} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {RestoreNode} from '../model/ports.ts'
import {soleCluster} from '../model/topology.ts'
import {markQuarantinedText} from '../shards/index.ts'
import {archivedPosition} from './archived-position.ts'
import {finishAndSettle, type RestoreDone} from './finish-restore.ts'
import {notingDamage, requireSoundWal} from './planned-wal.ts'
import {jobOf, prepareRestore, sameStart, type PreparedRestore} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {restorableAgain} from './restorable-again.ts'
import {keptOf, type RestoreHooks} from './restore-into-new-lab.ts'
import {wantedOf} from './restore-request.ts'

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
  const {docker, clock, signal} = ports
  const held = {clock, lab: lab.cluster.lab, what: 'hl restore --in-place', signal}
  return whileHeld(docker, held, async stop => replaceAndFinish({...ports, signal: stop}, lab, shown, options))
}

/** The caller holds the lab. `resumes`: one that was cut off, and begins anew. */
export async function replaceAndFinish(
  ports: RecoveryPorts,
  lab: ConnectedLab,
  shown: PreparedRestore,
  {onReplanned, wanted, ...options}: InPlace & Pick<InPlaceOptions, 'resumes'>,
): Promise<RestoreDone & {readonly prepared: PreparedRestore}> {
  // While the lab still has its data: PostgreSQL would take damage for the end of all WAL.
  ports.note('reading the WAL that the restore needs')
  const planned = await prepareRestore(ports, lab.cluster, shown.request, {how: 'archive'})
  const prepared = await requireSoundWal(ports, lab.cluster, planned)
  if (!sameStart(prepared, shown)) onReplanned?.(prepared)
  // What was agreed to lost nothing of it; the data that has it would be gone.
  if (prepared.unarchived !== null && shown.unarchived === null)
    throw new HlError('TIMEOUT', `${prepared.unarchived}; nothing was replaced`, {
      next: [hint('status', {lab: lab.cluster.lab}), 'run it again: its plan says then what would be lost'],
    })
  const startedMs = ports.clock.nowMs()
  // Begun anew it has no primary to tell the timeline, nor data to tell whose archive is meant.
  const {systemIdentifier: system} = prepared.listing
  const kept = keptOf(wanted && {...wanted, timeline: prepared.plan.timeline, system})
  const made = await notingDamage(ports, lab.cluster, prepared, async () =>
    dataInPlace(ports, prepared, lab, {...options, wanted: kept}),
  )
  const done = await finishAndSettle(ports, made, startedMs)
  const {lab: name, name: shard} = made.lab.cluster
  if (shard !== soleCluster)
    ports.note(
      `${shard} is in quarantine: it serves nothing until it is in line with the others; ` +
        hintText(hint('shards reconcile', {args: [shard]}), name),
    )
  return {...done, checks: [...done.checks, await restorableAgain(ports, made.lab.cluster)], prepared}
}

/** A shard beside others that were not set back: nobody may write to it before somebody has looked. */
async function quarantine(node: RestoreNode): Promise<void> {
  const options = '-c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=0 -c event_triggers=off'
  const psql = ['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'hl', '-c', markQuarantinedText]
  await runOnNode(node, 'putting the restored shard into quarantine', ['env', `PGOPTIONS=${options}`, ...psql], {
    next: [hint('restore', {flags: {into: '<new lab>', to: 'latest'}, why: 'restores it beside the lab'})],
  })
}

/** The data alone; returns when the primary takes writes. The caller holds the lab. */
export async function dataInPlace(
  {docker, clock, signal, note, onPhase}: RecoveryPorts,
  prepared: PreparedRestore,
  lab: ConnectedLab,
  {
    targetOverride,
    ...options
  }: Pick<InPlaceOptions, 'discardCopy' | 'wanted' | 'resumes'> & Pick<RestoreHooks, 'targetOverride'>,
): Promise<RestoredLab<RestoredData>> {
  const beforeStop = lab.cluster.name === soleCluster ? undefined : quarantine
  return replaceData(
    docker,
    lab,
    {
      ...options,
      clock,
      progress: note,
      identity: prepared.request.identity,
      ...(signal === undefined ? {} : {signal}),
    },
    async node => restoreData(node, clock, {...jobOf(prepared, onPhase, targetOverride), beforeStop}),
    onPhase,
  )
}

/**
 * Undoes a restore in place that was cut off, under the lab's lock. `member`: whose copy it was; `primary`: now, with
 * full redundancy. Errors: LAB_BUSY, those of putBack.
 */
export async function putBackData(
  ports: RecoveryPorts,
  lab: ConnectedLab,
  {discardNewer}: Pick<PutBackOptions, 'discardNewer'>,
): Promise<{readonly member: string; readonly primary: string}> {
  const {docker, clock, signal, note} = ports
  const {lab: name} = lab.cluster
  return whileLocked(docker, {lab: name, what: 'hl restore --put-back'}, async () => {
    await startSurroundings(docker, lab, ports)
    const record = await readRecord(docker, name)
    const own = record === null ? await atHolder(docker, lab) : atMember(lab, record.member)
    const archived = await archivedPosition(own.cluster, wantedOf(record?.wanted ?? {}).system)
    const member = await putBack(docker, own, {clock, progress: note, archived, discardNewer, passArchived})
    return {member, primary: await untilHealthy(own, clock, {signal, note, withinMs: redundantMs})}
  })
}

/** Throws the safety copy of a restore that is over away; whose it was. LAB_SETTINGS_DIFFER when there is none. */
export async function discardSafetyCopy({docker}: Pick<RecoveryPorts, 'docker'>, lab: ConnectedLab): Promise<string> {
  const {lab: name} = lab.cluster
  return whileLocked(docker, {lab: name, what: 'hl restore --discard-copy'}, async () => {
    const holder = await discardCopy(docker, await atHolder(docker, lab))
    if (holder !== null) return holder
    throw new HlError('LAB_SETTINGS_DIFFER', `no member of lab ${name} holds a safety copy`, {
      next: [hint('status', {lab: name})],
    })
  })
}
