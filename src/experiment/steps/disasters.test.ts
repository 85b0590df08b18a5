import {expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../test/fakes/fake-cluster.ts'
import type {ExecResult} from '../model/ports.ts'
import type {DrillWorld} from './drill-world.ts'
import type {Progress} from './progress.ts'
import {strike} from './strike.ts'

/** A page is damaged on pg1 while `left` pages of the table stay in memory; the programs that ran there. */
async function corrupt(left: string): Promise<{readonly struck: Promise<string>; readonly ran: readonly string[]}> {
  const clock = new FakeClock()
  const ran: string[] = []
  class Server extends FakeCluster {
    override async exec(_member?: string, argv: readonly string[] = []): Promise<ExecResult> {
      ran.push(argv[0] ?? '')
      return {
        exitCode: 0,
        stdout: argv.at(-1)?.startsWith('SELECT count(*) FROM pg_buffercache') === true ? left : '0/1',
        stderr: '',
      }
    }
  }
  const cluster = new Server(clock)
  await clock.run(clock.wait(1_000))
  // Nothing else of the world is asked.
  const struck = clock.run(
    strike({kind: 'corrupt-page'}, {cluster, clock} as unknown as DrillWorld, {} as unknown as Progress),
  )
  await struck.catch(() => undefined)
  return {struck, ran}
}

it('a page is damaged on disk once nothing of the table is in memory', async () => {
  const {struck, ran} = await corrupt('0')
  await expect(struck).resolves.toContain('damaged on the disk')
  expect(ran).toContain('sh')
})

it('a page that memory would hide, and write over, is not damaged at all', async () => {
  const {struck, ran} = await corrupt('3')
  await expect(struck).rejects.toMatchObject({
    code: 'FAULT_UNAVAILABLE',
    message: expect.stringContaining('3 pages') as string,
  })
  expect(ran).not.toContain('sh')
})
