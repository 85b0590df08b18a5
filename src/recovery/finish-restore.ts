// From the first write of a restored lab to its end: standbys, full redundancy, verification. Invariant: from the first
// write on the restore counts as done; a standby that is not there is a check that failed, and an interruption says so.
import {hint} from '../model/command-hint.ts'
import type {RestoredData} from '../backup/restore/restore-data.ts'
import {standbysCheck} from '../backup/restore/standbys-check.ts'
import {verifyRestored} from '../backup/restore/verify-restored.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import type {RestoredLab} from '../lab/lifecycle/restored-lab.ts'
import {noteChecked} from '../lab/lifecycle/restore-record.ts'
import {lossOf} from '../lab/lifecycle/while-held.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Check} from '../model/verdict.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

/** A standby copies all data. */
const standbysMs = 3_600_000

export interface RestoreDone {
  readonly lab: ConnectedLab
  readonly restored: RestoredData
  /** Until the primary took writes. */
  readonly writableMs: number
  readonly checks: readonly Check[]
}

/** What `finishRestore` asks of the lab. */
export type Restored = Omit<RestoredLab<RestoredData | null>, 'lab'> & {readonly lab: Pick<ConnectedLab, 'cluster'>}

/**
 * The same, and the lab is no longer on record as half restored: it is verified, or what failed of it is on record. For
 * the lab that the restore made or replaced.
 */
export async function finishAndSettle<Lab extends Restored>(
  ports: Pick<RecoveryPorts, 'docker' | 'clock' | 'signal' | 'note'>,
  made: Lab,
  startedMs: number,
): Promise<Omit<RestoreDone, 'lab' | 'restored'> & Pick<Lab, 'lab' | 'restored'>> {
  const done = await finishRestore(ports, made, startedMs)
  await settle(ports, made.lab.cluster.lab, done.checks)
  return done
}

/** What could not be looked at was told, and would not be seen the next time either. */
export async function settle(
  {docker}: Pick<RecoveryPorts, 'docker'>,
  lab: string,
  checks: readonly Check[],
): Promise<void> {
  const failed = checks.filter(({verdict}) => verdict === 'fail').map(({name}) => name)
  await noteChecked(docker, lab, failed)
}

/** Starts the standbys, waits for full redundancy and verifies. `startedMs`: when the restore began. */
export async function finishRestore<Lab extends Restored>(
  ports: Pick<RecoveryPorts, 'clock' | 'signal' | 'note'>,
  {lab, restored, startStandbys}: Lab,
  startedMs: number,
): Promise<Omit<RestoreDone, 'lab' | 'restored'> & Pick<Lab, 'lab' | 'restored'>> {
  const {clock, note} = ports
  const {cluster} = lab
  const start = async (): Promise<unknown> =>
    startStandbys().then(
      () => null,
      (error: unknown) => error,
    )
  // Commits wait for one standby there, beside the archive.
  const first = cluster.archive === 'sync'
  const early = first ? await start() : null
  const writableMs = clock.nowMs() - startedMs
  const failure = first ? early : await start()
  note('the data is restored; waiting for full redundancy, then verifying')
  const standbys = await untilRedundant(ports, lab, failure)
  const {primary} = await cluster.state()
  if (primary === null)
    throw new HlError(
      'LAB_UNHEALTHY',
      `lab ${cluster.lab} is restored, and has no primary now that could be verified: ${standbys.detail}`,
      {
        next: [
          hint('restore', {flags: {resume: true}, lab: cluster.lab, why: 'finishes and verifies it'}),
          hint('status', {lab: cluster.lab}),
        ],
      },
    )
  return {lab, restored, writableMs, checks: [standbys, ...(await verified(ports, cluster, primary))]}
}

/** The data is there whatever comes of it. */
async function verified(
  {clock, signal}: Pick<RecoveryPorts, 'clock' | 'signal'>,
  cluster: ConnectedLab['cluster'],
  primary: string,
): Promise<readonly Check[]> {
  try {
    return await verifyRestored(cluster, primary, {clock, signal})
  } catch (error) {
    if (signal?.aborted !== true) throw error
    throw new HlError('INTERRUPTED', `lab ${cluster.lab} is restored, but was not verified to the end`, {
      next: [
        hint('restore', {flags: {resume: true}, lab: cluster.lab, why: 'verifies it'}),
        hint('status', {lab: cluster.lab}),
      ],
      cause: error,
    })
  }
}

/** Waits for them unless they could not even be started. */
async function untilRedundant(
  ports: Pick<RecoveryPorts, 'clock' | 'signal' | 'note'>,
  lab: Pick<ConnectedLab, 'cluster'>,
  failure: unknown,
): Promise<Check> {
  const {cluster} = lab
  const {clock, signal, note} = ports
  const error =
    failure ??
    (await untilHealthy(lab, clock, {signal, note, withinMs: standbysMs}).then(
      () => null,
      (thrown: unknown) => thrown,
    ))
  if (error === null) return standbysCheck(await cluster.state(), null)
  const stopped = signal?.aborted === true
  if (!stopped && !(error instanceof HlError && error.code !== 'BUG'))
    throw error instanceof Error ? error : new Error(messageOf(error))
  const check = standbysCheck(
    await cluster.state(),
    stopped ? `interrupted by ${String(signal.reason)}` : messageOf(error),
  )
  if (stopped)
    throw (
      lossOf(signal) ??
      new HlError('INTERRUPTED', `lab ${cluster.lab} is restored, but was not verified: ${check.detail}`, {
        next: [
          hint('restore', {flags: {resume: true}, lab: cluster.lab, why: 'finishes and verifies it'}),
          hint('status', {lab: cluster.lab}),
        ],
      })
    )
  return check
}
