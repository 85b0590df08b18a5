import {describe, expect, it} from 'vitest'
import {decideThrottle, defaultThrottle, withinDisk, type Pressure} from './decide-throttle.ts'

const calm: Pressure = {
  isPaused: false,
  sourceLatencyMs: 1,
  standbyLagBytes: 0,
  retainedWalBytes: 0,
  walStatus: 'reserved',
}
const mb = 1024 * 1024

describe('decideThrottle', () => {
  it.each<readonly [string, Partial<Pressure>, string, RegExp]>([
    ['nothing presses', {}, 'go', /^$/],
    [
      'nothing could be asked',
      {sourceLatencyMs: null, standbyLagBytes: null, retainedWalBytes: null, walStatus: null},
      'go',
      /^$/,
    ],
    ['the source is slow', {sourceLatencyMs: 101}, 'wait', /101 ms/],
    ['a standby lags', {standbyLagBytes: 65 * mb}, 'wait', /65 MB/],
    ['both, the standby is told', {standbyLagBytes: 65 * mb, sourceLatencyMs: 500}, 'wait', /standby/],
    ['WAL piles up', {retainedWalBytes: 17_000 * mb, sourceLatencyMs: 500}, 'end', /17000 MB/],
    ['somebody asked for a pause', {isPaused: true, sourceLatencyMs: 500}, 'wait', /pause/],
    ['WAL piles up in a pause', {isPaused: true, retainedWalBytes: 17_000 * mb}, 'end', /17000 MB/],
    ['the slot is lost', {walStatus: 'lost', retainedWalBytes: null}, 'end', /start it again/],
    ['the slot is beyond its limit, and still there', {walStatus: 'unreserved'}, 'go', /^$/],
  ])('%s', (_what, seen, kind, why) => {
    const decision = decideThrottle({...calm, ...seen}, defaultThrottle)
    expect(decision.kind).toBe(kind)
    expect(decision.kind === 'go' ? '' : decision.why).toMatch(why)
  })
})

describe('WAL that is kept', () => {
  it.each([
    ['is at most half of what is free', 1_000 * mb, 501 * mb, 'end'],
    ['below that is no reason', 1_000 * mb, 499 * mb, 'go'],
    ['is bounded on a large disk too', 1_000_000 * mb, 17_000 * mb, 'end'],
    ['is bounded where the disk is not known', null, 17_000 * mb, 'end'],
  ] as const)('%s', (_what, freeBytes, retainedWalBytes, kind) => {
    expect(decideThrottle({...calm, retainedWalBytes}, withinDisk(defaultThrottle, freeBytes)).kind).toBe(kind)
  })
})
