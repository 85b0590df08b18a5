import {describe, expect, it} from 'vitest'
import {fakeDocker, type FakeDocker} from '../../../test/fakes/fake-docker.ts'
import {takeDown} from './down-lab.ts'
import {lockLab} from './lock.ts'

/** A lab with data, on which a restore works. */
function restoring(): FakeDocker {
  const fake = fakeDocker()
  fake.addService('shop', 'pg1')
  fake.volumes.set('hl-shop_pg1-data', {'hl.lab': 'shop'})
  fake.lock('shop', 'hl restore from it')
  return fake
}
const all = (fake: FakeDocker): readonly string[] => [...fake.containers.keys(), ...fake.volumes.keys()]

describe('hl down --volumes while a restore works on the lab', () => {
  it('is refused, names who works on it and how to take it away all the same, and touches nothing', async () => {
    const fake = restoring()
    const before = all(fake)
    await expect(takeDown(fake.docker, 'shop', {force: false, volumes: true})).rejects.toMatchObject({
      code: 'LAB_BUSY',
      message: 'lab shop is in use by hl restore from it (process 7 on elsewhere)',
      next: expect.arrayContaining([expect.stringContaining('`hl down --force --lab shop`')]) as string[],
    })
    expect([all(fake), fake.log]).toEqual([before, []])
  })

  it('with --force takes its lock away first, so that whoever works on it sees why it fails', async () => {
    const fake = restoring()
    const removed = await takeDown(fake.docker, 'shop', {force: true, volumes: true})
    expect(removed).toMatchObject({locks: ['hl-shop-lock'], volumes: ['hl-shop_pg1-data']})
    expect(fake.log).toEqual([
      'unlocked hl-shop-lock',
      'locked hl-shop-lock',
      'removed hl-shop-pg1-1',
      'unlocked hl-shop-lock',
    ])
    expect(all(fake)).toEqual([])
  })

  it('holds the lab meanwhile: nobody begins with what is being destroyed', async () => {
    const fake = restoring()
    fake.containers.delete('hl-shop-lock')
    let second: unknown = null
    const docker = {
      ...fake.docker,
      attempt: async (...words: Parameters<typeof fake.docker.attempt>) => {
        if (words[0][0] === 'rm' && words[0].includes('hl-shop-pg1-1'))
          second = await lockLab(fake.docker, {lab: 'shop', what: 'hl restore'}, async () => false).catch(
            (error: unknown) => error,
          )
        return fake.docker.attempt(...words)
      },
    }
    await takeDown(docker, 'shop', {force: false, volumes: true})
    expect(second).toMatchObject({code: 'LAB_BUSY'})
    expect(all(fake)).toEqual([])
  })
})
