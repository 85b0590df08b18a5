// Takes a lab away: everything that carries its label, whatever state it is in and whoever made it. Idempotent.
// Not here: asking for confirmation (cli).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {lockLabel, scratchLabel} from './lab-description.ts'
import {findLab, labNetworks, labVolumes} from './lab-inventory.ts'
import {lockLab, type Lock} from './lock.ts'
import {isRestoreRecord} from './restore-record.ts'
import {scratchVolume} from '../nodes/scratch-node.ts'
import type {Docker} from '../docker/docker.ts'
import {dockerFailure} from '../docker/docker-failure.ts'

export interface Removal {
  readonly containers: readonly string[]
  /** Whoever holds the lab, in the shape of a container (lock.ts). */
  readonly locks: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
}

export interface DownOptions {
  /** Its data and passwords too. */
  readonly volumes: boolean
  /** The caller holds the lab: the lock stays until it lets go. */
  readonly holding?: boolean
  /** What is on record of a restore stays: it begins anew. */
  readonly keepRestore?: boolean
}

/** What `downLab` would remove, by name. */
export async function planDown(
  docker: Docker,
  lab: string,
  {volumes, holding, keepRestore = false}: DownOptions,
): Promise<Removal> {
  const found = await findLab(docker, lab)
  const others = found.others.filter(({labels}) => labels[lockLabel] === undefined)
  return {
    // Those that restore something hold volumes, so they go with the services.
    containers: [...found.services.map(service => service.container), ...others.map(other => other.name)],
    locks: holding === true ? [] : found.others.filter(other => !others.includes(other)).map(other => other.name),
    networks: await labNetworks(docker, lab),
    volumes: volumes
      ? (await labVolumes(docker, lab)).filter(volume => !(keepRestore && isRestoreRecord(lab, volume)))
      : others.some(({labels}) => labels[scratchLabel] !== undefined)
        ? [scratchVolume(lab)]
        : [],
  }
}

/**
 * The same as a person asks for it: under the lab's lock, unless `force`, which takes it away from under whoever works
 * on it. LAB_BUSY names who does.
 */
export async function takeDown(
  docker: Docker,
  lab: string,
  {force, volumes}: {readonly force: boolean; readonly volumes: boolean},
): Promise<Removal> {
  const {locks} = await planDown(docker, lab, {volumes})
  // First, so that whoever works on it sees why it fails from now on.
  if (force) await remove(docker, ['rm', '-f'], locks)
  const lock = await lockUnlessBusy(docker, lab)
  try {
    return {...(await downLab(docker, lab, {volumes, holding: lock !== null})), locks}
  } finally {
    await lock?.release()
  }
}

/**
 * null: the image that a lock is made of is not there, so nobody works on a lab; and what is there must go all the
 * same.
 */
async function lockUnlessBusy(docker: Docker, lab: string): Promise<Lock | null> {
  try {
    return await lockLab(docker, {lab, what: 'hl down'})
  } catch (error) {
    if (error instanceof HlError && error.code === 'IMAGE_MISSING') return null
    if (!(error instanceof HlError) || error.code !== 'LAB_BUSY') throw error
    throw new HlError('LAB_BUSY', error.message, {
      next: [
        'wait for it, or end it there with Ctrl-C',
        hint('down', {flags: {force: true}, lab, why: 'takes the lab away from under it'}),
        ...error.steps.filter(step => typeof step === 'string' && step.includes('docker rm')),
      ],
      cause: error,
    })
  }
}

/**
 * Removes containers and networks of the lab, and with `volumes` its data and passwords too; the lock last. Returns
 * what went.
 */
export async function downLab(docker: Docker, lab: string, options: DownOptions): Promise<Removal> {
  const plan = await planDown(docker, lab, options)
  await remove(docker, ['rm', '-f', ...(options.volumes ? ['-v'] : [])], plan.containers)
  await remove(docker, ['network', 'rm'], plan.networks)
  await remove(docker, ['volume', 'rm', '-f'], plan.volumes)
  await remove(docker, ['rm', '-f'], plan.locks)
  return plan
}

/** Removal, where "it is not there" is what was wanted. */
async function remove(docker: Docker, command: readonly string[], names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const argv = [...command, ...names]
  const outcome = await docker.attempt(argv, {timeoutMs: 120_000})
  const failure = dockerFailure(argv, outcome)
  if (failure === null) return
  const real = outcome.stderr
    .split('\n')
    .filter(line => line.trim() !== '' && !/no such|not found|already in progress/i.test(line))
  if (outcome.timedOut || real.length > 0) throw failure
}
