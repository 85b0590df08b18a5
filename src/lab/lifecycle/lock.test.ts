import {hostname} from 'node:os'
import {describe, expect, it, vi} from 'vitest'
import {HlError} from '../../model/errors.ts'
import {dockerClient, type RunDocker} from '../docker/docker.ts'
import {lentLabVariable, lockLab} from './lock.ts'

const taken = {
  exitCode: 1,
  stdout: '',
  stderr: 'Conflict. The container name "/hl-lab-lock" is already in use by container "old".',
  timedOut: false,
  missing: false,
}
const fine = (stdout: string) => ({exitCode: 0, stdout, stderr: '', timedOut: false, missing: false})
const held = JSON.stringify([
  {
    Id: 'old',
    Name: '/hl-lab-lock',
    Config: {
      Labels: {
        'hl.lab': 'lab',
        'hl.lock.what': 'hl failover',
        'hl.lock.pid': '7',
        'hl.lock.host': 'other',
        'hl.lock.started': '1',
      },
    },
  },
])

/** A docker that has a lock container until it is removed by its id. */
function dockerWithLock(startHeld: boolean) {
  const calls: string[] = []
  let isHeld = startHeld
  const run: RunDocker = async argv => {
    calls.push(argv.join(' '))
    if (argv[0] === 'create') {
      if (isHeld) return taken
      isHeld = true
      return fine('new\n')
    }
    if (argv[0] === 'inspect') return fine(held)
    if (argv[0] === 'rm') isHeld = false
    return fine('')
  }
  return {docker: dockerClient(run), calls}
}
const request = {lab: 'lab', what: 'hl switchover'}

describe('the lock of a lab', () => {
  it('is one container that is created with who holds it, and removed by its id', async () => {
    const {docker, calls} = dockerWithLock(false)
    await (await lockLab(docker, request)).release()
    expect(calls[0]).toMatch(
      /^create --name hl-lab-lock --label hl\.lab=lab --label hl\.lock\.what=hl switchover --label hl\.lock\.pid=\d+ .* hl-etcd:3\.5$/,
    )
    expect(calls.at(-1)).toBe('rm -f new')
  })
  it('that somebody holds is refused and names the holder', async () => {
    const {docker, calls} = dockerWithLock(true)
    const error: unknown = await lockLab(docker, request, async () => false).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(HlError)
    expect(error).toMatchObject({code: 'LAB_BUSY', message: 'lab lab is in use by hl failover (process 7 on other)'})
    expect(calls.some(call => call.startsWith('rm'))).toBe(false)
  })
  it('whose holder is gone is taken over', async () => {
    const {docker, calls} = dockerWithLock(true)
    await lockLab(docker, request, async holder => holder.pid === 7 && holder.host === 'other')
    expect(calls.map(call => call.split(' ').slice(0, 3).join(' '))).toEqual([
      'create --name hl-lab-lock',
      'inspect --type container',
      'rm -f old',
      'create --name hl-lab-lock',
      'volume ls --filter',
    ])
  })
  it('of another host is never thought gone', async () => {
    const {docker} = dockerWithLock(true)
    await expect(lockLab(docker, request)).rejects.toMatchObject({code: 'LAB_BUSY'})
  })
  it('fails with the real reason when it is not about the name', async () => {
    const calls: string[] = []
    const docker = dockerClient(async argv => {
      calls.push(argv[0] ?? '')
      return {...taken, stderr: 'Error response from daemon: No such image: hl-etcd:3.5'}
    })
    await expect(lockLab(docker, request)).rejects.toMatchObject({code: 'IMAGE_MISSING'})
    expect(calls).toEqual(['create'])
  })
})

describe('a lock that is lent', () => {
  const lent = (pid: number, host = hostname()): string =>
    held.replace('"7"', JSON.stringify(String(pid))).replace('"other"', JSON.stringify(host))
  const lock = async (holder: string, lab: string | null, role?: 'schedule') => {
    const calls: string[] = []
    const run: RunDocker = async argv => {
      calls.push(argv.join(' '))
      return argv[0] === 'create' ? taken : fine(argv[0] === 'inspect' ? holder : '')
    }
    if (lab !== null) vi.stubEnv(lentLabVariable, lab)
    const asked = {...request, ...(role === undefined ? {} : {role})}
    const outcome = await lockLab(dockerClient(run), asked, async () => Promise.resolve(false))
      .then(async taken => taken.release())
      .catch((error: unknown) => (error instanceof HlError ? error.code : error))
    vi.unstubAllEnvs()
    return {outcome, removed: calls.filter(call => call.startsWith('rm'))}
  }

  it('by the process that started this one is worked under, and stays', async () =>
    expect(await lock(lent(process.ppid), 'lab')).toEqual({outcome: undefined, removed: []}))
  it.each([
    ['by another process', lent(process.ppid + 1), 'lab'],
    ['by a process of another host', lent(process.ppid, 'other'), 'lab'],
    ['of another lab', lent(process.ppid), 'other'],
    ['and not said to be', lent(process.ppid), null],
  ])('%s is not', async (_what, holder, lab) => expect(await lock(holder, lab)).toMatchObject({outcome: 'LAB_BUSY'}))
  it('is not the lock of a service', async () =>
    expect(await lock(lent(process.ppid), 'lab', 'schedule')).toMatchObject({outcome: 'LAB_BUSY'}))
})
