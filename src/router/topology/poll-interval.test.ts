import {describe, expect, it} from 'vitest'
import {PollInterval} from './poll-interval.ts'

const times = {pollMs: 250, fastPollMs: 50, timeoutMs: 1_000}

describe('the pause between questions', () => {
  it.each([
    ['calm', false, 3, 250],
    ['urgent', true, 3, 50],
    ['urgent, answers slow: the host is short of CPU', true, 40, 160],
    ['urgent, no answer in time', true, 1_000, 250],
  ])('%s', (_what, urgent, tookMs, expected) =>
    expect(new PollInterval(times, () => urgent).pauseMs(tookMs)).toBe(expected),
  )

  it('is short for a while after a kick, and only the first kick wakes', () => {
    const interval = new PollInterval(times, () => false)
    expect([interval.kick(), interval.kick()]).toEqual([true, false])
    expect(interval.pauseMs(1)).toBe(50)
  })
})
