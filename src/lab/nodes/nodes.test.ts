import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../../test/fakes/fake-cluster.ts'
import type {ExecResult} from '../../model/ports.ts'
import {checkNodes, checkPages, type CheckedNode} from './check-pages.ts'
import {rebuildNode} from './rebuild-node.ts'

class Answering extends FakeCluster {
  readonly replies: Partial<ExecResult>[]
  checksums: Partial<ExecResult> = {stdout: 'on\n'}
  /**
   * When the server says that it was started, one answer after the other, the last for ever; null: it does not answer.
   */
  started: (string | null)[] = [null]

  constructor(clock: FakeClock, answers: readonly Partial<ExecResult>[]) {
    super(clock)
    this.replies = [...answers]
  }

  override async exec(_member?: string, argv: readonly string[] = []): Promise<ExecResult> {
    const question = argv[0] === 'psql' ? (argv.at(-1) ?? '') : null
    if (question === null) this.calls.push('exec')
    return {
      exitCode: 0,
      stdout: '',
      stderr: '',
      ...(question === null
        ? next(this.replies)
        : question.includes('data_checksums')
          ? this.checksums
          : answer(next(this.started))),
    }
  }
}

const next = <T>(answers: T[]): T | undefined => (answers.length > 1 ? answers.shift() : answers[0])
const answer = (startedAt: string | null | undefined): Partial<ExecResult> =>
  startedAt == null ? {exitCode: 2} : {stdout: `${startedAt}\n`}

const success = {stdout: 'Success: reinitialize for member pg1'}

async function within<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  return clock.run(work)
}

describe('the nodes of a lab', () => {
  it('are read one after the other, and each is told', async () => {
    const told: CheckedNode[] = []
    const checked = await checkNodes(new Answering(new FakeClock(), [{}]), undefined, one => void told.push(one))
    expect([checked, checked.map(({node}) => node)]).toEqual([told, ['pg1', 'pg2', 'pg3']])
  })
  it('are refused where one is named that is not there, with those that are', async () => {
    const cluster = new Answering(new FakeClock(), [{}])
    await expect(checkNodes(cluster, 'pg9', () => undefined)).rejects.toMatchObject({
      code: 'NODE_UNKNOWN',
      next: ['it has pg1, pg2, pg3'],
    })
    expect(cluster.calls).toEqual([])
  })
})

describe('pages', () => {
  it.each([
    ['sound', {}, 0],
    [
      'damaged',
      {
        exitCode: 1,
        stderr: 'WARNING:  checksum verification failed in file "./base/5/1", block 3: calculated 1 but expected 2',
      },
      1,
    ],
  ] as const)('that are %s are told so', async (_, answer, count) => {
    expect((await checkPages(new Answering(new FakeClock(), [answer]), 'pg1')).count).toBe(count)
  })

  it.each([
    ['off', {stdout: 'off\n'}, 'have no checksums'],
    ['not told', {exitCode: 2, stderr: 'no server'}, 'cannot be read: no server'],
  ] as const)('are never sound where checksums are %s', async (_, checksums, says) => {
    const cluster = new Answering(new FakeClock(), [{}])
    cluster.checksums = checksums
    await expect(checkPages(cluster, 'pg1')).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      message: expect.stringContaining(says) as string,
    })
    expect(cluster.calls).toEqual([])
  })

  it('that cannot be read are never sound', async () => {
    await expect(
      checkPages(new Answering(new FakeClock(), [{exitCode: 1, stderr: 'could not connect'}]), 'pg1'),
    ).rejects.toMatchObject({code: 'LAB_UNHEALTHY'})
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

  it.each([
    ['does not answer', null],
    ['is another one', 'ten o clock'],
  ])('and is not taken for the new one before its old server %s', async (_, later) => {
    const clock = new FakeClock()
    const cluster = new Answering(clock, [success])
    cluster.started = ['nine o clock', 'nine o clock', 'nine o clock', later, 'never asked']
    await within(clock, rebuildNode(cluster, clock, 'pg3'))
    expect([cluster.calls, cluster.started]).toEqual([['exec'], ['never asked']])
  })

  it('or it is said that Patroni took the order and did nothing', async () => {
    const clock = new FakeClock()
    const cluster = new Answering(clock, [success])
    cluster.started = ['nine o clock']
    await expect(within(clock, rebuildNode(cluster, clock, 'pg3'))).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('still serves its old data') as string,
    })
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
    await expect(within(clock, rebuildNode(cluster, clock, 'pg1'))).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      message: expect.stringContaining('only one') as string,
    })
    await within(clock, cluster.kill('pg1'))
    await expect(within(clock, rebuildNode(cluster, clock, 'pg3'))).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      message: expect.stringContaining('no primary') as string,
    })
    await expect(within(clock, rebuildNode(cluster, clock, 'pg9'))).rejects.toMatchObject({code: 'NODE_UNKNOWN'})
    expect(cluster.calls.filter(call => call.startsWith('wipe'))).toEqual([])
  })
})
