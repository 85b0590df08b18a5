// Ports and networks of this Docker engine are given out by one process at a time: from looking for a free place until
// the new lab's containers and network hold it. Invariant: the lock is a container as a lab's is, so one that was left
// by a killed process is taken over; who waits says for whom, and not for ever. Not here: what is free
// (free-placement.ts).
import {HlError} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import type {Docker} from '../docker/docker.ts'
import {tryLock, type Holder, type Lock, type ProcessLook} from './lock.ts'

/** No lab may be called so: the name has an underscore. */
export const placementLock = 'hl_placement-lock'
/** Longer than making the containers of one lab may take (make-lab.ts), several times over. */
const withinMs = 600_000
const everyMs = 250

export interface PlacementRequest {
  readonly clock: Clock
  /** The lab that wants a place: the lock carries its label. */
  readonly lab: string
  readonly what: string
  readonly signal?: AbortSignal | undefined
  readonly progress?: ((text: string) => void) | undefined
  /** For tests. */
  readonly processes?: ProcessLook
}

/** Does `work` while no other lab on this engine is given a place. LAB_BUSY when the holder does not let go. */
export async function whilePlacing<T>(docker: Docker, request: PlacementRequest, work: () => Promise<T>): Promise<T> {
  const lock = await take(docker, request)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

async function take(docker: Docker, {clock, lab, what, signal, progress, processes}: PlacementRequest): Promise<Lock> {
  let told = ''
  return awaitUntil(
    async () => {
      const taken = await tryOnce(docker, {name: placementLock, lab, what}, processes)
      if (taken === null) return notYet('it changes hands')
      if ('release' in taken) return holds(taken)
      const who = holderWords(taken)
      if (told !== who) progress?.(`waiting for ${who}, which is given its ports and network`)
      told = who
      return notYet(`it is held by ${who}`)
    },
    {
      clock,
      what: 'the placement of labs to be free',
      withinMs,
      everyMs,
      code: 'LAB_BUSY',
      next: ['wait for it', `if that process is surely gone: docker rm -f ${placementLock}`],
      signal,
    },
  )
}

/** null: many processes want it at the same moment, and it was never this one's turn. */
async function tryOnce(
  docker: Docker,
  request: {readonly name: string; readonly lab: string; readonly what: string},
  processes: ProcessLook | undefined,
): Promise<Lock | Holder | null> {
  try {
    return await tryLock(docker, request, processes)
  } catch (error) {
    if (error instanceof HlError && error.code === 'LAB_BUSY') return null
    throw error
  }
}

const holderWords = ({what, pid, host}: Holder): string => `${what} (process ${pid} on ${host})`
