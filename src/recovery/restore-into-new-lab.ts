// A restore into a new lab beside the one that it comes from. Invariants: the source is not touched; it is planned
// under the source's lock, so that retention cannot take away what is being read. Not here: what the new lab is made of
// (src/lab/lifecycle/restored-lab.ts).
import {restoreData, type RestoredData, type RestoreJob} from '../backup/restore/restore-data.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {findLab, labVolumes} from '../lab/lifecycle/lab-inventory.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {dropRecord, isRestoreRecord, readRecord} from '../lab/lifecycle/restore-record.ts'
import {waysOut, type RestoreRecord, type UnfinishedRestore} from '../lab/lifecycle/restore-state.ts'
import {
  requireNoLab,
  startRestoredLab,
  type RestoredLab,
  type RestoredLabOptions,
} from '../lab/lifecycle/restored-lab.ts'
import {lossOf, whileHeld} from '../lab/lifecycle/while-held.ts'
import {HlError} from '../model/errors.ts'
import {finishAndSettle, type RestoreDone} from './finish-restore.ts'
import {notingDamage} from './planned-wal.ts'
import {jobOf, prepareRestore, sameStart, type PreparedRestore} from './prepare-restore.ts'
import type {OnPhase, RecoveryPorts} from './recovery-ports.ts'
import type {RestoreRequest, WantedTarget} from './restore-request.ts'

/** The new lab, but for what the ports say already. */
export type NewLab = Omit<
  RestoredLabOptions,
  'clock' | 'signal' | 'progress' | 'identity' | 'from' | 'wanted' | 'again'
>

export interface RestoreHooks {
  /** Told of a plan that is not the one that was shown any more. */
  readonly onReplanned?: ((prepared: PreparedRestore) => void) | undefined
  /** For controls: another target than just before the bad transaction. */
  readonly targetOverride?: RestoreJob['targetOverride'] | undefined
  /** The target as it was asked for; without it nobody can begin it again when it is cut off. */
  readonly wanted?: WantedTarget | undefined
}

/** What is done to containers, for tests to replace. */
export type StartLab = (
  options: RestoredLabOptions,
  restore: Parameters<typeof startRestoredLab<RestoredData>>[2],
  onPhase: OnPhase,
) => Promise<RestoredLab<RestoredData>>

/** What would be done. LAB_SETTINGS_DIFFER when there is a lab of that name; those of prepareRestore. */
export async function planIntoNewLab(
  ports: RecoveryPorts,
  source: Pick<ConnectedLab, 'cluster'>,
  request: RestoreRequest,
  into: NewLab,
): Promise<PreparedRestore> {
  const {docker, clock} = ports
  await requireNoLab(docker, {...into, clock})
  return prepareRestore(ports, source.cluster, request, {how: 'look'})
}

/**
 * Takes both labs, plans again, restores, waits for full redundancy and verifies; until that has passed the new lab is
 * on record as half restored. A failure or an abort leaves it for a look, and names the commands that finish it and
 * take it away. Errors: LAB_BUSY, INTERRUPTED, those of planIntoNewLab and of the restore.
 */
export async function restoreIntoNewLab(
  ports: RecoveryPorts,
  source: Pick<ConnectedLab, 'cluster'>,
  shown: PreparedRestore,
  into: NewLab,
  hooks: RestoreHooks = {},
  start: StartLab = async (...args) => startRestoredLab(ports.docker, ...args),
): Promise<RestoreDone & {readonly prepared: PreparedRestore}> {
  const {docker, clock, signal} = ports
  const held = {clock, lab: into.name, what: 'hl restore --into', signal}
  return whileLocked(docker, {lab: source.cluster.lab, what: 'hl restore from it'}, async () =>
    whileHeld(docker, held, async stop =>
      orWhatIsLeft({docker, signal: stop}, into.name, async () =>
        makeAndFinish({...ports, signal: stop}, source, shown, into, hooks, start),
      ),
    ),
  )
}

/** The caller holds both. */
export async function makeAndFinish(
  ports: RecoveryPorts,
  source: Pick<ConnectedLab, 'cluster'>,
  shown: PreparedRestore,
  into: NewLab & Pick<RestoredLabOptions, 'again'>,
  {onReplanned, targetOverride, wanted}: RestoreHooks,
  start: StartLab = async (...args) => startRestoredLab(ports.docker, ...args),
): Promise<RestoreDone & {readonly prepared: PreparedRestore}> {
  // What was shown may be gone since, or there is a newer backup, or another timeline.
  const prepared = await prepareRestore(ports, source.cluster, shown.request, {how: 'archive'})
  if (!sameStart(prepared, shown)) onReplanned?.(prepared)
  const startedMs = ports.clock.nowMs()
  const from = {...into, from: source.cluster.lab, wanted: keptOf(wanted)}
  const made = await notingDamage(ports, source.cluster, prepared, async () =>
    dataIntoNewLab(ports, prepared, from, targetOverride, start),
  )
  return {...(await finishAndSettle(ports, made, startedMs)), prepared}
}

/** PURE: as it is kept. The key of an archive is a secret, and is kept nowhere. */
export function keptOf(wanted: WantedTarget | undefined): RestoreRecord['wanted'] {
  return wanted === undefined ? null : {...wanted, identity: undefined}
}

/** An error leaves a lab that is half restored: it says which, and what ends that. */
export async function orWhatIsLeft<T>(
  {docker, signal}: Pick<RecoveryPorts, 'docker' | 'signal'>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const unfinished = await whatIsLeft(docker, name).catch(() => null)
    if (unfinished === null || lossOf(signal) !== null) throw error
    const next = waysOut(unfinished)
    const state = unfinished.stage === 'begun' ? 'left without its data' : 'restored, and was not verified'
    if (signal?.aborted === true)
      throw new HlError('INTERRUPTED', `interrupted by ${String(signal.reason)}; lab ${name} is ${state}`, {
        next,
        cause: error,
      })
    if (!(error instanceof HlError)) throw error
    throw new HlError(error.code, `${error.message}; lab ${name} is ${state}`, {
      next: [...error.steps, ...next],
      cause: error.cause,
    })
  }
}

/** null: nothing of it was made, and nothing says so any more. */
async function whatIsLeft(docker: RecoveryPorts['docker'], name: string): Promise<UnfinishedRestore | null> {
  const unfinished = await readRecord(docker, name)
  if (unfinished === null) return null
  const {services} = await findLab(docker, name)
  const volumes = (await labVolumes(docker, name)).filter(volume => !isRestoreRecord(name, volume))
  if (services.length > 0 || volumes.length > 0) return unfinished
  await dropRecord(docker, name)
  return null
}

/**
 * The new lab from a prepared restore; returns when its primary takes writes, and no standby is started yet. The caller
 * holds both labs.
 */
export async function dataIntoNewLab(
  ports: RecoveryPorts,
  prepared: PreparedRestore,
  into: NewLab & Pick<RestoredLabOptions, 'from' | 'wanted' | 'again'>,
  targetOverride?: RestoreJob['targetOverride'],
  start: StartLab = async (...args) => startRestoredLab(ports.docker, ...args),
): Promise<RestoredLab<RestoredData>> {
  const {clock, signal, note, onPhase} = ports
  return start(
    {
      ...into,
      clock,
      progress: note,
      identity: prepared.request.identity,
      ...(signal === undefined ? {} : {signal}),
    },
    async node => restoreData(node, clock, jobOf(prepared, onPhase, targetOverride)),
    onPhase,
  )
}
