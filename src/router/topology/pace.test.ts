import {describe, expect, it} from 'vitest'
import {Pace} from './pace.ts'

const times = {pollMs: 250, fastPollMs: 50, timeoutMs: 1_000}

describe('the pause between questions', () => {
  it.each([
    ['calm', false, 3, 250],
    ['urgent', true, 3, 50],
    ['urgent, answers slow: the host is short of CPU', true, 40, 160],
    ['urgent, no answer in time', true, 1_000, 250],
  ])('%s', (_what, urgent, tookMs, expected) => expect(new Pace(times, () => urgent).pauseMs(tookMs)).toBe(expected))

  it('is short for a while after a kick, and only the first kick wakes', () => {
    const pace = new Pace(times, () => false)
    expect([pace.kick(), pace.kick()]).toEqual([true, false])
    expect(pace.pauseMs(1)).toBe(50)
  })
})
