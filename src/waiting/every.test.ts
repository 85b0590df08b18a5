import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {every} from './every.ts'

describe('a beat', () => {
  it('begins at once, takes a slow look into account, and ends with its signal', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const at: number[] = []
    await clock.run(
      every(clock, 1_000, controller.signal, async () => {
        at.push(clock.nowMs())
        await clock.wait(at.length === 2 ? 1_500 : 300)
        if (at.length === 4) controller.abort()
      }),
    )
    expect(at).toEqual([0, 1_000, 2_500, 3_500])
  })
  it('does not begin when it is over', async () => {
    const clock = new FakeClock()
    let looks = 0
    await clock.run(
      every(clock, 1_000, AbortSignal.abort(), async () => {
        looks++
      }),
    )
    expect(looks).toBe(0)
  })
  it('passes an error of the look on', async () => {
    const clock = new FakeClock()
    const failing = every(clock, 1_000, new AbortController().signal, async () => {
      throw new Error('no docker')
    })
    await expect(clock.run(failing)).rejects.toThrow('no docker')
  })
})
