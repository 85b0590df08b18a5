import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../test/fakes/fake-cluster.ts'
import {fakeDocker} from '../../test/fakes/fake-docker.ts'
import type {FaultSpec} from '../model/scenario.ts'
import {injectByHand, planFault} from './inject-by-hand.ts'

const kill = (select: 'primary' | 'standby'): FaultSpec => ({kind: 'kill-container', target: {select}})

function worldOf() {
  const clock = new FakeClock()
  const cluster = new FakeCluster(clock)
  const engine = fakeDocker()
  return {
    cluster,
    engine,
    plan: async (spec: FaultSpec) => clock.run(planFault(cluster, spec)),
    inject: async (spec: FaultSpec) => clock.run(injectByHand(engine.docker, cluster, spec, clock)),
  }
}
const held = ['locked hl-fake-lock', 'unlocked hl-fake-lock']

describe('a fault by hand', () => {
  it('is planned with whom it would hit, and nothing is touched', async () => {
    const {cluster, engine, plan} = worldOf()
    expect(await plan(kill('primary'))).toMatchObject({targets: ['pg1'], evidence: null})
    expect([cluster.calls, engine.log]).toEqual([[], []])
  })

  it('is done under the lock, and stays', async () => {
    const {cluster, engine, inject} = worldOf()
    expect(await inject(kill('primary'))).toMatchObject({targets: ['pg1'], evidence: expect.any(String) as string})
    expect([cluster.calls, engine.log]).toEqual([['kill pg1'], held])
  })

  it('whose effect is not seen is TIMEOUT, and lets go of the lab', async () => {
    const {cluster, engine, inject} = worldOf()
    cluster.kill = async () => Promise.resolve()
    await expect(inject(kill('standby'))).rejects.toMatchObject({code: 'TIMEOUT'})
    expect(engine.log).toEqual(held)
  })

  it('that hits nobody is refused with nothing touched', async () => {
    const {cluster, engine, inject} = worldOf()
    await expect(inject({kind: 'kill-container', target: {select: 'named', name: 'pg9'}})).rejects.toMatchObject({
      code: 'NODE_UNKNOWN',
    })
    expect([cluster.calls, engine.log]).toEqual([[], held])
  })

  it('is refused while somebody works on the lab', async () => {
    const {cluster, engine, inject} = worldOf()
    engine.lock('fake', 'hl failover')
    await expect(inject(kill('primary'))).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(cluster.calls).toEqual([])
  })
})
