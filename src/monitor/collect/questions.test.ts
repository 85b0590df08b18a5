import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {Questions, type Source} from './questions.ts'

const source: Source = {cluster: 'hl', member: 'pg1', source: 'sql'}

describe('a question', () => {
  it('tells its answer and what that took', async () => {
    const clock = new FakeClock()
    const reply = await clock.run(
      new Questions(clock).ask(source, 3_000, async () => {
        await clock.wait(200)
        return 7
      }),
    )
    expect(reply).toEqual({value: 7, asked: {...source, up: true, tookMs: 200}})
  })

  it.each([
    ['fails', async (): Promise<number | null> => Promise.reject(new Error('no'))],
    ['is answered with nothing', async (): Promise<number | null> => Promise.resolve(null)],
  ])('that %s leaves its source down at once', async (_what, work) => {
    const clock = new FakeClock()
    const reply = await clock.run(new Questions(clock).ask<number | null>(source, 3_000, work))
    expect(reply).toEqual({value: null, asked: {...source, up: false, tookMs: 0}})
  })

  it('that hangs costs its deadline, is not asked again while it hangs, and is asked again when it is over', async () => {
    const clock = new FakeClock()
    const questions = new Questions(clock)
    let asked = 0
    const hang = async (): Promise<number> => {
      asked += 1
      await clock.wait(20_000)
      return asked
    }
    const replies = await clock.run(
      (async () => {
        const first = await questions.ask(source, 3_000, hang)
        const second = await questions.ask(source, 3_000, hang)
        const other = await questions.ask({...source, member: 'pg2'}, 3_000, async () => Promise.resolve(0))
        await clock.wait(30_000)
        return [first, second, other, await questions.ask(source, 3_000, async () => Promise.resolve(9))]
      })(),
    )
    expect(replies.map(({value, asked: {up, tookMs}}) => [value, up, tookMs])).toEqual([
      [null, false, 3_000],
      [null, false, 0],
      [0, true, 0],
      [9, true, 0],
    ])
    expect(asked).toBe(1)
  })
})
