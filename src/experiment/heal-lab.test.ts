import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../test/fakes/fake-cluster.ts'
import {fakeDocker} from '../../test/fakes/fake-docker.ts'
import type {ConnectedCluster} from '../lab/lifecycle/connect-lab.ts'
import {beginRecord} from '../lab/lifecycle/restore-record.ts'
import {healLab} from './heal-lab.ts'

function worldOf() {
  const clock = new FakeClock()
  const cluster = new FakeCluster(clock)
  const engine = fakeDocker()
  const clients = {lab: {services: [], members: ['pg1']}} as unknown as ConnectedCluster['clients']
  const one: ConnectedCluster = {cluster, clients, endpoints: {} as ConnectedCluster['endpoints']}
  const run = async () => clock.run(healLab(engine.docker, {cluster, clusters: [one]}, clock))
  return {clock, cluster, engine, run}
}
const held = ['locked hl-fake-lock', 'unlocked hl-fake-lock']

describe('healing a lab', () => {
  it('starts what is stopped, waits for redundancy, and then brings its settings back', async () => {
    const {clock, cluster, engine, run} = worldOf()
    const own = cluster.ha.settings
    cluster.ha.settings = {...own, ttlS: 40}
    await clock.run(cluster.kill('pg2'))
    const {did, primary} = await run()
    expect(did).toEqual(['pg2: started', 'settings restored: ttlS is 40, not 20'])
    expect([primary, cluster.ha.settings.ttlS, engine.log]).toEqual(['pg1', own.ttlS, held])
    expect(cluster.calls).toEqual(['kill pg2', 'start pg2', 'applySettings'])
  })

  it('with nothing wrong does nothing', async () => {
    const {cluster, engine, run} = worldOf()
    expect(await run()).toEqual({did: [], primary: 'pg1'})
    expect([cluster.calls, engine.log]).toEqual([[], held])
  })

  it('that cannot start a node says so, leaves the settings, and lets go of the lab', async () => {
    const {clock, cluster, engine, run} = worldOf()
    cluster.broken.add('start pg2')
    await clock.run(cluster.kill('pg2'))
    await expect(run()).rejects.toMatchObject({code: 'DOCKER_COMMAND_FAILED'})
    expect([cluster.calls.includes('applySettings'), engine.log]).toEqual([false, held])
  })

  it.each(['into', 'in-place'] as const)(
    'is refused while a restore (%s) is not over: what it would start runs on the same data',
    async place => {
      const {clock, cluster, engine, run} = worldOf()
      await clock.run(cluster.kill('pg2'))
      const record = {place, id: 'now', from: 'lab', member: 'pg1', wanted: {to: 'latest'}, make: {}}
      await beginRecord(engine.docker, 'fake', record)
      await expect(run()).rejects.toMatchObject({
        code: 'RESTORE_UNFINISHED',
        next: [expect.stringContaining('hl restore --resume --lab fake'), expect.anything()],
      })
      expect([cluster.calls, engine.log]).toEqual([['kill pg2'], held])
    },
  )

  it('is refused while somebody works on the lab', async () => {
    const {cluster, engine, run} = worldOf()
    engine.lock('fake', 'hl failover')
    await expect(run()).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(cluster.calls).toEqual([])
  })
})
