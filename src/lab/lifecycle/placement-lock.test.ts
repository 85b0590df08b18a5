import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {dockerClient, type Docker} from '../docker/docker.ts'
import type {Holder, IsGone} from './lock.ts'
import {placementLock, whilePlacing} from './placement-lock.ts'

const outcome = (exitCode: number, stdout: string, stderr = '') => ({
  exitCode,
  stdout,
  stderr,
  timedOut: false,
  missing: false,
})

/** An engine that gives a name to one container at a time. */
function engine(): {readonly docker: Docker; readonly held: () => string | null; readonly left: (lab: string) => void} {
  let holder: {readonly id: string; readonly labels: Record<string, string>} | null = null
  let made = 0
  const docker = dockerClient(async argv => {
    if (argv[0] === 'create') {
      if (holder !== null) return outcome(1, '', `Conflict. The container name "/${placementLock}" is already in use`)
      const pairs = argv.flatMap((word, index) => (argv[index - 1] === '--label' ? [word.split('=')] : []))
      const labels = Object.fromEntries(pairs.map(([key = '', ...value]) => [key, value.join('=')] as const))
      holder = {id: `id-${++made}`, labels}
      return outcome(0, `${holder.id}\n`)
    }
    if (argv[0] === 'inspect')
      return holder === null
        ? outcome(1, '', 'No such container')
        : outcome(0, JSON.stringify([{Id: holder.id, Name: `/${placementLock}`, Config: {Labels: holder.labels}}]))
    if (argv[0] === 'rm' && argv.at(-1) === holder?.id) holder = null
    return outcome(0, '')
  })
  return {
    docker,
    held: () => holder?.labels['hl.lab'] ?? null,
    left: lab => {
      holder = {
        id: 'left',
        labels: {'hl.lab': lab, 'hl.lock.what': `the making of lab ${lab}`, 'hl.lock.pid': '7', 'hl.lock.host': 'here'},
      }
    },
  }
}

const self = async (what: string): Promise<Holder> => ({host: 'here', pid: 8, startedTicks: '1', what})
const request = (clock: FakeClock, lab: string, isGone: IsGone = async () => false) => ({
  clock,
  lab,
  what: `the making of lab ${lab}`,
  processes: {isGone, self},
})

describe('the placement of labs', () => {
  it('is one lab at a time, each in its turn, and who waits is told for whom', async () => {
    const clock = new FakeClock()
    const {docker, held} = engine()
    const said: string[] = []
    let inside = 0
    let most = 0
    const place = async (lab: string): Promise<void> =>
      whilePlacing(docker, {...request(clock, lab), progress: text => said.push(text)}, async () => {
        most = Math.max(most, ++inside)
        expect(held()).toBe(lab)
        await clock.wait(3_000)
        inside--
      })
    await clock.run(Promise.all(['a', 'b', 'c'].map(place)))
    expect([most, held()]).toEqual([1, null])
    expect(said.some(text => text.startsWith('waiting for the making of lab a (process'))).toBe(true)
    expect(said.length).toBeLessThanOrEqual(3)
  })

  it('that a killed process left is taken over at once', async () => {
    const clock = new FakeClock()
    const {docker, held, left} = engine()
    left('dead')
    await clock.run(
      whilePlacing(
        docker,
        request(clock, 'a', async ({pid}) => pid === 7),
        async () => expect(held()).toBe('a'),
      ),
    )
    expect([clock.nowMs(), held()]).toEqual([0, null])
  })

  it('is waited for as long as it may take, and then refused with who has it', async () => {
    const clock = new FakeClock()
    const {docker, left} = engine()
    left('slow')
    await expect(clock.run(whilePlacing(docker, request(clock, 'a'), async () => undefined))).rejects.toMatchObject({
      code: 'LAB_BUSY',
      message: expect.stringContaining('held by the making of lab slow (process 7 on here)') as string,
    })
    expect(clock.nowMs()).toBe(600_000)
  })

  it('is let go when the work fails, and not waited for after an interruption', async () => {
    const clock = new FakeClock()
    const {docker, held, left} = engine()
    await expect(
      clock.run(whilePlacing(docker, request(clock, 'a'), async () => Promise.reject(new Error('no port')))),
    ).rejects.toThrow('no port')
    expect(held()).toBeNull()
    left('slow')
    const controller = new AbortController()
    clock.after(1_000, () => controller.abort(new Error('SIGINT')))
    await expect(
      clock.run(whilePlacing(docker, {...request(clock, 'a'), signal: controller.signal}, async () => undefined)),
    ).rejects.toThrow('SIGINT')
    expect([clock.nowMs(), held()]).toEqual([1_000, 'slow'])
  })
})
