import {describe, expect, it} from 'vitest'
import {HlError} from '../../model/errors.ts'
import {dockerClient, type RunDocker} from '../docker/docker.ts'
import {lockLab} from './lock.ts'

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
