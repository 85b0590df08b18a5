// One run per lab, for everybody who shares the Docker engine: the lock is a container that is created and never
// started, because Docker gives a name to one creator only. Invariant: a stale lock (its process is gone on this host)
// is removed by id, never by name, so two takers cannot remove each other's. Not here: what is locked.
import {readFile} from 'node:fs/promises'
import {hostname} from 'node:os'
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import {dockerFailure, isNameTaken} from '../docker/docker-failure.ts'
import {labImages} from '../docker/images.ts'
import {labLabel, lockLabel, projectOf} from './lab-description.ts'
import {lines, parseContainers, type ContainerFacts} from '../docker/parse-docker.ts'
import {parseProcessStart} from '../host/parse-proc.ts'
import {requireFinished} from './restore-record.ts'

export interface Lock {
  release(): Promise<void>
  /** Is it still there? `hl down --force` takes it away from under its holder. */
  isHeld(): Promise<boolean>
}

/** A process, told apart from a later one with the same number by its start. */
export interface Holder {
  readonly host: string
  readonly pid: number
  /** Start of the process in clock ticks since boot; empty where the host does not tell. */
  readonly startedTicks: string
  readonly what: string
}

/** Is the holder surely gone? Only this host's own processes can be looked at. */
export type IsGone = (holder: Holder) => Promise<boolean>

/** How processes are looked at; others for tests. */
export interface ProcessLook {
  readonly isGone?: IsGone
  readonly self?: (what: string) => Promise<Holder>
}

const lockName = ({lab, role}: LockRequest): string => `${projectOf(lab)}-lock${role === undefined ? '' : `-${role}`}`

export interface LockRequest {
  readonly lab: string
  /** The command that takes it, for the others to read: "hl failover …". */
  readonly what: string
  /** Another lock of the same lab, for a service that takes the lab itself only while it does something. */
  readonly role?: 'schedule'
}

/** Docker wants an image even for a container that never starts: the smallest of the lab's. */
const lockImage = labImages[1]

/** Does `work` while the lab is this process's alone; LAB_BUSY names who has it. */
export async function whileLocked<T>(docker: Docker, request: LockRequest, work: () => Promise<T>): Promise<T> {
  const lock = await lockLab(docker, request)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

/**
 * Takes the lab; LAB_BUSY names the holder, RESTORE_UNFINISHED what has to end first. `isGone` is for tests.
 */
export async function lockLab(docker: Docker, request: LockRequest, isGone: IsGone = goneFromThisHost): Promise<Lock> {
  const tried = await tryLock(docker, {...request, name: lockName(request)}, {isGone})
  const taken = 'release' in tried ? tried : await lentLock(docker, request, tried)
  try {
    // Under the lock: a restore that another command began by now is seen.
    if (request.role === undefined) await requireFinished(docker, request)
    return taken
  } catch (error) {
    await taken.release()
    throw error
  }
}

/**
 * Takes the lock of this name, which carries the label of `lab`, or tells who has it. One whose holder is gone is taken
 * over. LAB_BUSY when it changes hands faster than it can be taken.
 */
export async function tryLock(
  docker: Docker,
  request: {readonly name: string; readonly lab: string; readonly what: string},
  {isGone = goneFromThisHost, self = thisProcess}: ProcessLook = {},
): Promise<Lock | Holder> {
  const create = createCommand(request, await self(request.what))
  for (let attempts = 0; attempts < 3; attempts++) {
    const outcome = await docker.attempt(create)
    if (outcome.exitCode === 0) return lockOf(docker, outcome.stdout.trim())
    const failure = isNameTaken(outcome) ? null : dockerFailure(create, outcome)
    if (failure !== null) throw failure
    const current = await lockHolder(docker, request.name)
    if (current === null) continue
    if (!(await isGone(current.holder))) return current.holder
    await docker.attempt(['rm', '-f', current.id])
  }
  throw new HlError('LAB_BUSY', `${request.name} is taken and let go faster than it can be taken`, {
    next: ['try again'],
  })
}

function createCommand(
  {name, lab, what}: {readonly name: string; readonly lab: string; readonly what: string},
  holder: Holder,
): readonly string[] {
  const labels = {
    [labLabel]: lab,
    [lockLabel]: what,
    'hl.lock.pid': String(holder.pid),
    'hl.lock.host': holder.host,
    'hl.lock.started': holder.startedTicks,
  }
  return [
    'create',
    '--name',
    name,
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    '--network',
    'none',
    '--pull',
    'never',
    '--entrypoint',
    '/bin/true',
    lockImage,
  ]
}

function lockOf(docker: Docker, id: string): Lock {
  return {
    async release() {
      await docker.attempt(['rm', '-f', id])
    },
    async isHeld() {
      const held = await docker.text(['ps', '-aq', '--no-trunc', '--filter', `label=${lockLabel}`])
      return lines(held).includes(id)
    },
  }
}

/** Names, in the environment of a command that the holder of a lab's lock starts, that lab. */
export const lentLabVariable = 'HL_LENT_LAB'

/**
 * A command that the holder itself has started and waits for works under the holder's lock: a rehearsal follows its
 * runbook with commands that take the lab. LAB_BUSY for everybody else.
 */
async function lentLock(docker: Docker, request: LockRequest, holder: Holder): Promise<Lock> {
  const isLent = process.env[lentLabVariable] === request.lab && request.role === undefined
  const current =
    isLent && holder.host === hostname() && holder.pid === process.ppid
      ? await lockHolder(docker, lockName(request))
      : null
  if (current?.holder.pid !== holder.pid) throw busy(request, holder)
  return {isHeld: async () => lockOf(docker, current.id).isHeld(), release: async () => undefined}
}

/** Who holds the lock now; null when nobody does. */
async function lockHolder(
  docker: Docker,
  name: string,
): Promise<{readonly id: string; readonly holder: Holder} | null> {
  const outcome = await docker.attempt(['inspect', '--type', 'container', name])
  const container = outcome.exitCode === 0 ? parseContainers(outcome.stdout)[0] : undefined
  return container === undefined ? null : {id: container.id, holder: holderOf(container)}
}

/** The holder that a lock container's labels name. */
export function holderOf(container: ContainerFacts): Holder {
  return {
    host: container.labels['hl.lock.host'] ?? '',
    pid: Number(container.labels['hl.lock.pid'] ?? 0),
    startedTicks: container.labels['hl.lock.started'] ?? '',
    what: container.labels[lockLabel] ?? '',
  }
}

/** Gone when it was a process of this host and no process with its number and start is there. */
export async function goneFromThisHost(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return false
  if (!isAlive(holder.pid)) return true
  const started = await processStart(holder.pid)
  return holder.startedTicks !== '' && started !== '' && started !== holder.startedTicks
}

/** This process, as a holder. */
export async function thisProcess(what: string): Promise<Holder> {
  return {host: hostname(), pid: process.pid, startedTicks: await processStart(process.pid), what}
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function processStart(pid: number): Promise<string> {
  return parseProcessStart(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))
}

function busy(request: LockRequest, holder: Holder): HlError {
  const {lab, role} = request
  const elsewhere =
    holder.host === hostname() ? [] : [`if that process is surely gone: docker rm -f ${lockName(request)}`]
  return new HlError(
    'LAB_BUSY',
    `${role === undefined ? `lab ${lab}` : `the ${role} of lab ${lab}`} is in use by ${holder.what} (process ` +
      `${holder.pid} on ${holder.host})`,
    {
      next: [
        role === undefined ? 'wait for it' : 'end it there with Ctrl-C, or leave it: one schedule is enough',
        ...elsewhere,
        'use another lab: --lab <name>',
      ],
    },
  )
}
