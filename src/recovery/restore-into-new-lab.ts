// A restore into a new lab beside the one that it comes from. Invariants: the source is not touched; it is planned
// under the source's lock, so that retention cannot take away what is being read. Not here: what the new lab is made of
// (src/lab/lifecycle/restored-lab.ts).
import {restoreData, type RestoredData, type RestoreJob} from '../backup/restore/restore-data.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {findLab} from '../lab/lifecycle/lab-inventory.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {
  requireNoLab,
  startRestoredLab,
  type RestoredLab,
  type RestoredLabOptions,
} from '../lab/lifecycle/restored-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {finishRestore, type RestoreDone} from './finish-restore.ts'
import {notingDamage} from './planned-wal.ts'
import {jobOf, prepareRestore, sameStart, type PreparedRestore} from './prepare-restore.ts'
import type {OnPhase, RecoveryPorts} from './recovery-ports.ts'
import type {RestoreRequest} from './restore-request.ts'

/** The new lab, but for what the ports say already. */
export type NewLab = Omit<RestoredLabOptions, 'clock' | 'signal' | 'progress' | 'identity' | 'from'>

export interface RestoreHooks {
  /** Told of a plan that is not the one that was shown any more. */
  readonly onReplanned?: ((prepared: PreparedRestore) => void) | undefined
  /** For controls: another target than just before the bad transaction. */
  readonly targetOverride?: RestoreJob['targetOverride'] | undefined
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
 * Takes both labs, plans again, restores, waits for full redundancy and verifies. A failure or an abort leaves the new
 * lab for a look, and names the command that takes it away. Errors: LAB_BUSY, INTERRUPTED, those of planIntoNewLab and
 * of the restore.
 */
export async function restoreIntoNewLab(
  ports: RecoveryPorts,
  source: Pick<ConnectedLab, 'cluster'>,
  shown: PreparedRestore,
  into: NewLab,
  {onReplanned, targetOverride}: RestoreHooks = {},
  start: StartLab = async (...args) => startRestoredLab(ports.docker, ...args),
): Promise<RestoreDone & {readonly prepared: PreparedRestore}> {
  const {docker, clock} = ports
  const {lab} = source.cluster
  const what = 'hl restore'
  return whileLocked(docker, {lab, what}, async () =>
    whileLocked(docker, {lab: into.name, what}, async () => {
      // What was shown may be gone since, or there is a newer backup, or another timeline.
      const prepared = await prepareRestore(ports, source.cluster, shown.request, {how: 'archive'})
      if (!sameStart(prepared, shown)) onReplanned?.(prepared)
      const startedMs = clock.nowMs()
      const made = await orWhatIsLeft(ports, into.name, async () =>
        notingDamage(ports, source.cluster, prepared, async () =>
          dataIntoNewLab(ports, prepared, {...into, from: lab}, targetOverride, start),
        ),
      )
      return {...(await finishRestore(ports, made, startedMs)), prepared}
    }),
  )
}

/**
 * An error before the first write leaves a lab without its data, which the next restore of that name is refused for.
 */
async function orWhatIsLeft<T>(
  {docker, signal}: Pick<RecoveryPorts, 'docker' | 'signal'>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // It is there, and not ours.
    if (error instanceof HlError && error.code === 'LAB_SETTINGS_DIFFER') throw error
    const left = await findLab(docker, name).catch(() => null)
    if (left === null || left.services.length === 0) throw error
    const down = hint('down', {flags: {volumes: true, confirm: name}, lab: name, why: 'takes away what was made'})
    if (signal?.aborted === true)
      throw new HlError(
        'INTERRUPTED',
        `interrupted by ${String(signal.reason)}; lab ${name} is left without its data`,
        {next: [down, 'run it again'], cause: error},
      )
    if (!(error instanceof HlError)) throw error
    throw new HlError(error.code, error.message, {next: [...error.steps, down], cause: error.cause})
  }
}

/**
 * The new lab from a prepared restore; returns when its primary takes writes, and no standby is started yet. The caller
 * holds both labs.
 */
export async function dataIntoNewLab(
  ports: RecoveryPorts,
  prepared: PreparedRestore,
  into: NewLab & {readonly from: string},
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
