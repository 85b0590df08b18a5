import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../../test/fakes/fake-cluster.ts'
import {fakeDocker} from '../../../test/fakes/fake-docker.ts'
import {switchOver} from './switch-over.ts'

function worldOf() {
  const clock = new FakeClock()
  const cluster = new FakeCluster(clock)
  const engine = fakeDocker()
  const run = async (to: string | null) => clock.run(switchOver(engine.docker, cluster, clock, to))
  return {clock, cluster, engine, run}
}
const held = ['locked hl-fake-lock', 'unlocked hl-fake-lock']

describe('a switchover', () => {
  it('holds the lab until everything is redundant again', async () => {
    const {clock, cluster, engine, run} = worldOf()
    expect(await run('pg3')).toEqual({from: 'pg1', to: 'pg3'})
    expect([(await clock.run(cluster.state())).primary, engine.log]).toEqual(['pg3', held])
  })

  it.each([
    ['to nobody that is there', 'pg9', 'NODE_UNKNOWN'],
    ['to the primary itself', 'pg1', 'USAGE'],
  ])('%s is refused with nothing done', async (_what, to, code) => {
    const {cluster, engine, run} = worldOf()
    await expect(run(to)).rejects.toMatchObject({code})
    expect([cluster.calls, engine.log]).toEqual([[], held])
  })

  it('is refused while somebody works on the lab', async () => {
    const {cluster, engine, run} = worldOf()
    engine.lock('fake', 'hl failover')
    await expect(run(null)).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(cluster.calls).toEqual([])
  })

  it('after which the cluster is not redundant says what is missing, and lets go of the lab', async () => {
    const {clock, cluster, engine, run} = worldOf()
    clock.after(100, () => void cluster.kill('pg2'))
    await expect(run('pg3')).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      message: expect.stringContaining('pg2') as string,
    })
    expect(engine.log).toEqual(held)
  })
})
