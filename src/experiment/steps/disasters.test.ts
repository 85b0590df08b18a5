import {expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../../test/fakes/fake-cluster.ts'
import type {ExecResult} from '../../model/ports.ts'
import type {World} from '../world.ts'
import {causeDisaster} from './disasters.ts'

/** A page is damaged on pg1 while `left` pages of the table stay in memory; the programs that ran, and the moments. */
async function corrupt(left: string): Promise<{readonly hit: Promise<void>; readonly told: readonly string[]}> {
  const clock = new FakeClock()
  const told: string[] = []
  class Server extends FakeCluster {
    override async exec(_member?: string, argv: readonly string[] = []): Promise<ExecResult> {
      told.push(argv[0] ?? '')
      const counting = argv.at(-1)?.startsWith('SELECT count(*) FROM pg_buffercache') === true
      return Promise.resolve({exitCode: 0, stdout: counting ? left : '0/1', stderr: ''})
    }
  }
  const cluster = new Server(clock)
  const moments = {
    commanded: () => void told.push('commanded'),
    done: (atLsn: string | null) => void told.push(`done at ${atLsn}`),
  }
  // Nothing else of the world is asked.
  const world = {cluster, clock, recovery: {}} as unknown as World
  const hit = causeDisaster({kind: 'corrupt-page'}, 'pg1', {world, signal: new AbortController().signal}, moments)
  await hit.catch(() => undefined)
  return {hit, told}
}

it('a page is damaged on disk once nothing of the table is in memory, at the moment that is told', async () => {
  const {hit, told} = await corrupt('0')
  await expect(hit).resolves.toBe(undefined)
  const at = told.indexOf('sh')
  expect([told[at - 1], told[at], told[at + 1]]).toEqual(['commanded', 'sh', 'done at 0/1'])
})

it('a page that memory would hide, and write over, is not damaged at all', async () => {
  const {hit, told} = await corrupt('3')
  await expect(hit).rejects.toMatchObject({
    code: 'FAULT_UNAVAILABLE',
    message: expect.stringContaining('3 pages') as string,
  })
  expect(told).not.toContain('sh')
  expect(told).not.toContain('commanded')
})
