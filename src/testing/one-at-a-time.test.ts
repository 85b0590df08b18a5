import {expect, it} from 'vitest'
import {OneAtATime} from './one-at-a-time.ts'

it('does one thing after the other, whatever becomes of them', async () => {
  const line = new OneAtATime()
  const log: string[] = []
  const work = (name: string, fails = false) =>
    line.run(async () => {
      log.push(`${name} begins`)
      await Promise.resolve()
      log.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const all = await Promise.allSettled([work('a', true), work('b')])
  expect(all).toMatchObject([{reason: new Error('a')}, {value: 'b'}])
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
})
