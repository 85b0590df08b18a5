import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../../test/fakes/fake-cluster.ts'
import {fakeDocker} from '../../../test/fakes/fake-docker.ts'
import {rebuildMember} from './rebuild-member.ts'

function worldOf() {
  const clock = new FakeClock()
  const cluster = new FakeCluster(clock)
  const engine = fakeDocker()
  const said: string[] = []
  const ports = {clock, note: (text: string) => void said.push(text)}
  const run = async (member: string) => clock.run(rebuildMember(engine.docker, cluster, member, ports))
  return {clock, cluster, engine, said, run}
}
const held = ['locked hl-fake-lock', 'unlocked hl-fake-lock']

describe('rebuilding a member', () => {
  it('holds the lab until everything is redundant again', async () => {
    const {engine, said, run} = worldOf()
    expect(await run('pg2')).toEqual({handedOverTo: null, primary: 'pg1'})
    expect([said, engine.log]).toEqual([['waiting for full redundancy'], held])
  })

  it('of the primary hands over first, and says so', async () => {
    const {said, run} = worldOf()
    const {handedOverTo, primary} = await run('pg1')
    expect(primary).toBe(handedOverTo)
    expect(said[0]).toBe(`pg1 was the primary; ${handedOverTo} is now`)
  })

  it('that is not there is refused, and lets go of the lab', async () => {
    const {cluster, engine, run} = worldOf()
    await expect(run('pg9')).rejects.toMatchObject({code: 'NODE_UNKNOWN'})
    expect([cluster.calls, engine.log]).toEqual([[], held])
  })

  it('is refused while somebody works on the lab', async () => {
    const {engine, run} = worldOf()
    engine.lock('fake', 'hl failover')
    await expect(run('pg2')).rejects.toMatchObject({code: 'LAB_BUSY'})
  })

  it('after which one still does not stream is told every ten seconds, ends as LAB_UNHEALTHY, and lets go of the lab', async () => {
    const {clock, cluster, engine, said, run} = worldOf()
    await clock.run(cluster.kill('pg3'))
    await expect(run('pg2')).rejects.toMatchObject({code: 'LAB_UNHEALTHY'})
    expect(said.filter(text => text.startsWith('not fully redundant')).length).toBeGreaterThan(50)
    expect(engine.log).toEqual(held)
  })
})
