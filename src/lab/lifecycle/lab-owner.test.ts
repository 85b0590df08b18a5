import {describe, expect, it} from 'vitest'
import {fakeDocker} from '../../../test/fakes/fake-docker.ts'
import {deadLabs, ownerLabels, ownerOf, takeDeadLabs} from './lab-owner.ts'
import {leftovers} from './leftovers.ts'
import {listLabs} from './lab-inventory.ts'
import type {Holder} from './lock.ts'

const holder = (pid: number): Holder => ({what: 'a test (t1)', pid, host: 'here', startedTicks: '5'})
/** Processes from 100 on are gone. */
const isGone = async ({pid}: Holder): Promise<boolean> => pid >= 100

function engineWith(labs: Readonly<Record<string, number | null>>) {
  const engine = fakeDocker()
  for (const [lab, pid] of Object.entries(labs)) {
    engine.addService(lab, 'pg1')
    const name = `hl-${lab}-pg1-1`
    const owner = pid === null ? {} : ownerLabels(holder(pid))
    engine.containers.set(name, {...engine.containers.get(name), ...owner})
    engine.volumes.set(`hl-${lab}_pg1-data`, {'hl.lab': lab, ...owner})
  }
  return engine
}

describe('labs of killed tests', () => {
  it('are told from those of tests that run, and from those that people keep', async () => {
    const {docker} = engineWith({dead: 100, alive: 7, kept: null})
    expect(await deadLabs(docker, isGone)).toEqual(['dead'])
  })

  it('are found by a volume alone', async () => {
    const {docker, containers} = engineWith({dead: 100})
    containers.clear()
    expect(await deadLabs(docker, isGone)).toEqual(['dead'])
  })

  it('are taken away with their data, and nothing else is', async () => {
    const {docker, containers, volumes} = engineWith({dead: 100, alive: 7, kept: null})
    expect(await takeDeadLabs(docker, isGone)).toEqual(['dead'])
    expect([...containers.keys()]).toEqual(['hl-alive-pg1-1', 'hl-kept-pg1-1'])
    expect([...volumes.keys()]).toEqual(['hl-alive_pg1-data', 'hl-kept_pg1-data'])
  })

  it('that somebody works on are left', async () => {
    const {docker, containers, lock} = engineWith({dead: 100})
    lock('dead', 'hl down')
    expect(await takeDeadLabs(docker, isGone)).toEqual([])
    expect(containers.has('hl-dead-pg1-1')).toBe(true)
  })

  it('are leftovers, with what takes them away', async () => {
    const {docker} = engineWith({dead: 100, kept: null})
    const found = await leftovers(docker, await listLabs(docker), isGone)
    expect(found.map(({lab, kind, detail}) => [lab, kind, detail])).toEqual([
      ['dead', 'killed-test', 'made by a test (t1), whose process 100 is gone'],
    ])
  })

  it('say who made them', () => {
    expect(ownerOf(ownerLabels(holder(7)))).toEqual(holder(7))
    expect(ownerOf({'hl.lab': 'x'})).toBeNull()
  })
})
