import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../test/fakes/fake-cluster.ts'
import type {ExecResult} from '../model/ports.ts'
import {checkPages} from './check-pages.ts'
import {rebuildNode} from './rebuild-node.ts'

class Answering extends FakeCluster {
  readonly replies: Partial<ExecResult>[]

  constructor(clock: FakeClock, answers: readonly Partial<ExecResult>[]) {
    super(clock)
    this.replies = [...answers]
  }

  override async exec(): Promise<ExecResult> {
    this.calls.push('exec')
    return {exitCode: 0, stdout: '', stderr: '', ...(this.replies.length > 1 ? this.replies.shift() : this.replies[0])}
  }
}

const success = {stdout: 'Success: reinitialize for member pg1'}

async function within<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  return clock.run(work)
}

describe('pages', () => {
  it.each([
    ['sound', {}, 0],
    ['damaged', {exitCode: 1, stderr: 'WARNING:  checksum verification failed in file "./base/5/1", block 3: calculated 1 but expected 2'}, 1],
  ] as const)('that are %s are told so', async (_, answer, count) => {
    expect((await checkPages(new Answering(new FakeClock(), [answer]), 'pg1')).count).toBe(count)
  })

  it('that cannot be read are never sound', async () => {
    await expect(checkPages(new Answering(new FakeClock(), [{exitCode: 1, stderr: 'could not connect'}]), 'pg1')).rejects.toMatchObject({code: 'LAB_UNHEALTHY'})
  })
})

describe('a node is made anew', () => {
  it('after a handover where it is the primary, and asked again while Patroni is not ready for it', async () => {
    const clock = new FakeClock()
    const cluster = new Answering(clock, [{exitCode: 1, stderr: 'not yet'}, success])
    await within(clock, clock.wait(3_000))
    expect(await within(clock, rebuildNode(cluster, clock, 'pg1'))).toEqual({handedOverTo: 'pg2'})
    expect(cluster.calls).toEqual(['switchover pg1 ', 'exec', 'exec'])
  })

  it('from nothing when its container is stopped', async () => {
    const clock = new FakeClock()
    const cluster = new Answering(clock, [success])
    await within(clock, cluster.kill('pg3'))
    await within(clock, rebuildNode(cluster, clock, 'pg3'))
    expect(cluster.calls).toEqual(['kill pg3', 'wipe pg3', 'start pg3'])
  })

  it('never when it is the only one that has the data, nor when nobody has', async () => {
    const clock = new FakeClock()
    const cluster = new Answering(clock, [success])
    await within(clock, Promise.all([cluster.kill('pg2'), cluster.kill('pg3')]))
    await expect(within(clock, rebuildNode(cluster, clock, 'pg1'))).rejects.toMatchObject({code: 'LAB_UNHEALTHY', message: expect.stringContaining('only one') as string})
    await within(clock, cluster.kill('pg1'))
    await expect(within(clock, rebuildNode(cluster, clock, 'pg3'))).rejects.toMatchObject({code: 'LAB_UNHEALTHY', message: expect.stringContaining('no primary') as string})
    await expect(within(clock, rebuildNode(cluster, clock, 'pg9'))).rejects.toMatchObject({code: 'NODE_UNKNOWN'})
    expect(cluster.calls.filter(call => call.startsWith('wipe'))).toEqual([])
  })
})
