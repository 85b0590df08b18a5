// Finishes a restore that was cut off, whatever cut it off and wherever: what is in nobody's hands yet begins anew,
// what is in use goes on, and all of it is verified. Invariant: nothing that a client may have written is thrown away.
// Not here: in which state it is (src/lab/lifecycle/restore-state.ts).
import {atMember, type ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {downLab} from '../lab/lifecycle/down-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {requireNothingNewer} from '../lab/lifecycle/put-back.ts'
import {readRecord} from '../lab/lifecycle/restore-record.ts'
import {unfinishedError, type RestoreRecord, type UnfinishedRestore} from '../lab/lifecycle/restore-state.ts'
import {untilPrimary} from '../lab/lifecycle/restored-lab.ts'
import {archiveHistories} from '../lab/lifecycle/restored-members.ts'
import {wasMovedBy} from '../lab/lifecycle/safety-copy.ts'
import {startSurroundings} from '../lab/lifecycle/start-surroundings.ts'
import {whileHeld} from '../lab/lifecycle/while-held.ts'
import {removeRestoreNode} from '../lab/nodes/restore-node.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {archivedPosition} from './archived-position.ts'
import {finishAndSettle, type RestoreDone} from './finish-restore.ts'
import {prepareRestore, type PreparedRestore} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {replaceAndFinish} from './restore-in-place.ts'
import {makeAndFinish, orWhatIsLeft, type NewLab, type StartLab} from './restore-into-new-lab.ts'
import {restoreRequest, wantedOf, type WantedTarget} from './restore-request.ts'
import {barrierOf, goOnWithShards, makeShardsAnew} from './resume-shards.ts'

export interface ResumeOptions {
  readonly connect: (lab: string) => Promise<ConnectedLab>
  /** How a new lab is made, from what is on record of it. */
  readonly newLab: (lab: string, make: RestoreRecord['make']) => NewLab
  /** Told what is done before it is; null: its data is there, and nothing is planned. */
  readonly onPlanned: (prepared: PreparedRestore | null) => void
  /** What opens an encrypted archive, where the lab keeps it no more: it is on no record. */
  readonly identity?: string | undefined
  /** Throw away what was written since the data was moved aside. */
  readonly discardNewer: boolean
  /** For tests. */
  readonly start?: StartLab
}

export interface Resumed extends Omit<RestoreDone, 'restored'> {
  /** null: what was restored is not known any more. */
  readonly restored: RestoreDone['restored'] | null
  /** null: nothing had to be planned. */
  readonly prepared: PreparedRestore | null
}

/**
 * Takes the lab, and the one whose archive is read. Errors: LAB_BUSY, LAB_SETTINGS_DIFFER where nothing was cut off or
 * something was written since, RESTORE_UNFINISHED where nobody knows what was asked for, those of the restore.
 */
export async function resumeRestore(ports: RecoveryPorts, lab: string, options: ResumeOptions): Promise<Resumed> {
  const {docker, clock, signal} = ports
  const held = {clock, lab, what: 'hl restore --resume', signal}
  const resume = async (from: ConnectedLab | null): Promise<Resumed> =>
    whileHeld(docker, held, async stop => {
      // What it was before the lab was taken may be over.
      const unfinished = await requireUnfinished(docker, lab)
      return orWhatIsLeft({docker, signal: stop}, lab, async () =>
        carryOn({...ports, signal: stop}, unfinished, from, options),
      )
    })
  const {place, stage, from} = await requireUnfinished(docker, lab)
  if (place !== 'into' || stage !== 'begun') return resume(null)
  const source = await options.connect(from)
  return whileLocked(docker, {lab: from, what: 'hl restore from it'}, async () => resume(source))
}

async function requireUnfinished(docker: RecoveryPorts['docker'], lab: string): Promise<UnfinishedRestore> {
  const unfinished = await readRecord(docker, lab)
  if (unfinished !== null) return unfinished
  throw new HlError('LAB_SETTINGS_DIFFER', `no restore of lab ${lab} was cut off`, {
    next: [hint('status', {lab}), hint('doctor', {why: 'shows every lab'})],
  })
}

async function carryOn(
  ports: RecoveryPorts,
  unfinished: UnfinishedRestore,
  source: ConnectedLab | null,
  options: ResumeOptions,
): Promise<Resumed> {
  if (barrierOf(unfinished) !== null) return ofShards(ports, unfinished, source, options)
  if (unfinished.stage !== 'begun') return goOn(ports, unfinished, options)
  if (unfinished.wanted === null) throw unfinishedError(unfinished)
  const wanted = {...wantedOf(unfinished.wanted), identity: options.identity}
  return source === null
    ? replaceAnew(ports, unfinished, wanted, options)
    : makeAnew(ports, unfinished, wanted, source, options)
}

async function ofShards(
  ports: RecoveryPorts,
  unfinished: UnfinishedRestore,
  source: ConnectedLab | null,
  {connect, newLab, onPlanned, identity}: ResumeOptions,
): Promise<Resumed> {
  onPlanned(null)
  const make = (made: RestoreRecord['make']): NewLab => newLab(unfinished.lab, made)
  const done =
    unfinished.stage === 'begun' && source !== null
      ? await makeShardsAnew(ports, unfinished, source, {newLab: make, identity})
      : await goOnWithShards(ports, unfinished, connect)
  const {lab, writableMs, checks} = done
  return {lab, writableMs, checks, restored: null, prepared: null}
}

/** Nothing of the lab was ever in use: it goes, but for its record. */
async function makeAnew(
  ports: RecoveryPorts,
  {lab, make}: UnfinishedRestore,
  wanted: WantedTarget,
  source: ConnectedLab,
  {newLab, onPlanned, start}: ResumeOptions,
): Promise<Resumed> {
  const shown = await prepareRestore(ports, source.cluster, await restoreRequest(wanted, source.cluster), {how: 'look'})
  onPlanned(shown)
  await downLab(ports.docker, lab, {volumes: true, holding: true, keepRestore: true})
  const into = {...newLab(lab, make), again: true}
  return makeAndFinish(ports, source, shown, into, {wanted, onReplanned: onPlanned}, start)
}

/** On the safety copy that was made, or where none was and there is a primary, as if for the first time. */
async function replaceAnew(
  ports: RecoveryPorts,
  record: UnfinishedRestore,
  wanted: WantedTarget,
  {connect, onPlanned, discardNewer}: ResumeOptions,
): Promise<Resumed> {
  const {docker} = ports
  const lab = atMember(await connect(record.lab), record.member)
  await startSurroundings(docker, lab, ports)
  await removeRestoreNode(docker, record.lab)
  const wasMoved = await wasMovedBy(docker, lab, record.member, record.id)
  if (wasMoved && !discardNewer)
    await requireNothingNewer(docker, lab, record.member, await archivedPosition(lab.cluster, wanted.system))
  const shown = await prepareRestore(ports, lab.cluster, await restoreRequest(wanted, lab.cluster), {how: 'look'})
  onPlanned(shown)
  const {primary} = await lab.cluster.state()
  return replaceAndFinish(ports, lab, shown, {
    wanted,
    onReplanned: onPlanned,
    discardCopy: record.make['discardCopy'] === true,
    resumes: wasMoved || primary === null ? record : undefined,
  })
}

/** Patroni has the data: its primary comes first, since an empty member that came before it would make a cluster. */
async function goOn(
  ports: RecoveryPorts,
  {lab: name, place, stage, member}: UnfinishedRestore,
  {connect, onPlanned}: ResumeOptions,
): Promise<Resumed> {
  const {docker, clock, note} = ports
  onPlanned(null)
  const startedMs = clock.nowMs()
  const lab = atMember(await connect(name), member)
  const {cluster} = lab
  await startSurroundings(docker, lab, ports)
  await removeRestoreNode(docker, name)
  note(`the restored data of lab ${name} is there; starting ${member}`)
  await cluster.start(member)
  const primary = await untilPrimary(lab, null, ports)
  if (place === 'in-place' && stage === 'in-use') await archiveHistories(lab, primary)
  const startStandbys = async (): Promise<void> => {
    const {members} = await cluster.state()
    const missing = members.filter(one => one.name !== primary && one.state !== 'streaming').map(one => one.name)
    for (const other of missing) {
      // What it holds may be of before the restore, and is then of a timeline that was left.
      if (place === 'in-place' && stage === 'in-use') {
        await cluster.stop(other)
        await cluster.wipe(other)
      }
      await cluster.start(other)
    }
  }
  const done = await finishAndSettle(ports, {lab, restored: null, startStandbys}, startedMs)
  return {...done, prepared: null}
}
