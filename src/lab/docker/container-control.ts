// Kills, stops, starts, pauses and unpauses the lab's containers. Invariant: resolves when Docker shows the new state,
// and asking for the state that a container is in already is no error. Not here: why (src/faults).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import type {ContainerStatus} from '../../model/topology.ts'
import type {Docker} from './docker.ts'
import {couldNotFreeze, dockerFailure, saysGone} from './docker-failure.ts'
import {projectOf, serviceOf, type LabDescription} from '../lifecycle/lab-description.ts'
import {containerStatus} from './parse-docker.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import {onVolume} from './volume.ts'

/** `missing` when Docker does not know the container any more. */
export async function statusOf(docker: Docker, lab: LabDescription, service: string): Promise<ContainerStatus> {
  const inspect = ['inspect', '--type', 'container', '-f', '{{.State.Status}}', serviceOf(lab, service).container]
  const outcome = await docker.attempt(inspect)
  if (saysGone(outcome)) return 'missing'
  const failure = dockerFailure(inspect, outcome)
  if (failure !== null) throw failure
  return containerStatus(outcome.stdout.trim())
}

type Action = 'kill' | 'stop' | 'start' | 'pause' | 'unpause'

/**
 * The command, the state it leads to, and whether there is anything to do from another. `docker stop` waits for the
 * container's own grace period.
 */
const actions: Readonly<
  Record<
    Action,
    {
      readonly argv: readonly string[]
      readonly to: ContainerStatus
      readonly withinMs: number
      readonly needed: (from: ContainerStatus) => boolean
    }
  >
> = {
  kill: {argv: ['kill', '-s', 'KILL'], to: 'stopped', withinMs: 10_000, needed: from => from !== 'stopped'},
  stop: {argv: ['stop'], to: 'stopped', withinMs: 90_000, needed: from => from !== 'stopped'},
  start: {argv: ['start'], to: 'running', withinMs: 30_000, needed: from => from !== 'running'},
  pause: {argv: ['pause'], to: 'paused', withinMs: 10_000, needed: from => from !== 'paused'},
  unpause: {argv: ['unpause'], to: 'running', withinMs: 10_000, needed: from => from === 'paused'},
}

/** Carries out the action and waits for its state. */
export async function control(
  docker: Docker,
  clock: Clock,
  lab: LabDescription,
  service: string,
  action: Action,
): Promise<void> {
  const {to, withinMs, needed} = actions[action]
  if (!needed(await statusOf(docker, lab, service))) return
  await command(docker, clock, serviceOf(lab, service).container, action)
  await awaitUntil(
    async () => {
      const status = await statusOf(docker, lab, service)
      return status === to ? holds(undefined) : notYet(status)
    },
    {clock, what: `${service} to be ${to}`, withinMs, everyMs: 20},
  )
}

/** Gives the command, and again while the engine could not freeze the container: it has thawed it then. */
export async function command(docker: Docker, clock: Clock, container: string, action: Action): Promise<void> {
  const {argv, withinMs} = actions[action]
  const full = [...argv, container]
  await awaitUntil(
    async () => {
      const outcome = await docker.attempt(full, {timeoutMs: withinMs})
      const failure = dockerFailure(full, outcome)
      if (failure === null) return holds(undefined)
      if (!couldNotFreeze(outcome)) throw failure
      return {...notYet(failure.message), failure}
    },
    {clock, what: `docker ${full.join(' ')} to be taken`, withinMs, everyMs: 100},
  )
}

/** Removes the container and the volume that compose gave it. */
export async function destroy(docker: Docker, lab: LabDescription, service: string): Promise<void> {
  await docker.text(['rm', '-f', serviceOf(lab, service).container], {timeoutMs: 60_000})
  await docker.text(['volume', 'rm', '-f', `${projectOf(lab.lab)}_${service}-data`], {timeoutMs: 60_000})
}

/**
 * Empties the volume that compose gave the service, whose container must be stopped; the safety copy of a restore in
 * place stays. Errors: LAB_UNHEALTHY while it runs.
 */
export async function wipe(docker: Docker, lab: LabDescription, service: string): Promise<void> {
  const status = await statusOf(docker, lab, service)
  if (status !== 'stopped' && status !== 'missing')
    throw new HlError('LAB_UNHEALTHY', `${service} is ${status}: the data of a node that runs is not thrown away`, {
      next: [hint('status', {lab: lab.lab})],
    })
  const script =
    'for entry in /data/* /data/.[!.]*; do [ "$entry" = /data/data.before-restore ] || rm -rf "$entry"; done'
  await onVolume(docker, `${projectOf(lab.lab)}_${service}-data`, '/data', script)
}
