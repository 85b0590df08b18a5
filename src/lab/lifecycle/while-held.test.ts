import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {fakeDocker} from '../../../test/fakes/fake-docker.ts'
import {lossOf, whileHeld} from './while-held.ts'

const request = {lab: 'second', what: 'hl restore --into'}

describe('work on a lab that is held', () => {
  it('ends soon, and says why, when the lab is taken away from under it', async () => {
    const clock = new FakeClock()
    const {docker, containers} = fakeDocker()
    clock.after(10_000, () => containers.clear())
    const work = whileHeld(docker, {...request, clock}, async signal => {
      await clock.wait(3_600_000, signal)
    })
    await expect(clock.run(work)).rejects.toMatchObject({
      code: 'LAB_MISSING',
      message: 'lab second was taken away while hl restore --into worked on it',
    })
    expect(clock.nowMs()).toBeLessThan(15_000)
  })

  it('is told the loss too where it fails by it in its own words', async () => {
    const clock = new FakeClock()
    const {docker, containers} = fakeDocker()
    clock.after(3_000, () => containers.clear())
    const work = whileHeld(docker, {...request, clock}, async signal => {
      await clock.wait(9_000)
      expect(lossOf(signal)).not.toBeNull()
      throw new Error('no such container')
    })
    await expect(clock.run(work)).rejects.toMatchObject({code: 'LAB_MISSING', cause: {message: 'no such container'}})
  })

  it('is told the loss also where it fails by it at once', async () => {
    const clock = new FakeClock()
    const {docker, containers} = fakeDocker()
    const work = whileHeld(docker, {...request, clock}, async () => {
      containers.clear()
      return Promise.reject(new Error('removal is already in progress'))
    })
    await expect(clock.run(work)).rejects.toMatchObject({code: 'LAB_MISSING'})
  })

  it('is not disturbed otherwise, and passes an abort of its own on', async () => {
    const clock = new FakeClock()
    const {docker, locks} = fakeDocker()
    const stop = new AbortController()
    clock.after(7_000, () => stop.abort('SIGINT'))
    const work = whileHeld(docker, {...request, clock, signal: stop.signal}, async signal => {
      await clock.wait(5_000, signal)
      expect(locks()).toEqual(['hl-second-lock'])
      await clock.wait(5_000, signal)
    })
    await expect(clock.run(work)).rejects.toThrow('SIGINT')
    expect([lossOf(stop.signal), locks()]).toEqual([null, []])
  })
})
