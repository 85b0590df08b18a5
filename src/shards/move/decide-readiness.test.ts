import {describe, expect, it} from 'vitest'
import {decideSurvival, isCalm, lateWords, type SlotsSeen} from './decide-readiness.ts'

describe('a slot after a failover', () => {
  const seen: SlotsSeen = {server: 's1', slot: 'hl_move_a', keepsSlots: true, standbys: 1, lacking: []}
  it.each<readonly [string, Partial<SlotsSeen>, boolean | null, RegExp]>([
    ['is there where each standby has it', {}, true, /^$/],
    ['is lost where one lacks it', {standbys: 2, lacking: ['s1-pg2']}, false, /on s1-pg2/],
    ['is lost where there is nobody to take over', {standbys: 0}, false, /no standby now/],
    ['is not known where nobody was named', {standbys: null}, null, /named/],
    ['is lost before PostgreSQL 17', {keepsSlots: false, standbys: null}, false, /PostgreSQL 17/],
  ])('%s', (_what, change, survivesFailover, why) => {
    const decided = decideSurvival({...seen, ...change})
    expect(decided.survivesFailover).toBe(survivesFailover)
    expect(decided.why).toMatch(why)
  })
})

describe('a switch of at most 500 ms', () => {
  it.each<readonly [string, readonly number[], number, boolean]>([
    ['waits for three quick answers', [10, 10], 100, false],
    ['begins after three', [400, 10, 10, 10], 100, true],
    ['waits where one of the last three was slow', [10, 10, 10, 130, 10, 10], 100, false],
    ['begins after one quick answer when it has waited long', Array.from({length: 100}, () => 200), 100, true],
    ['waits on where even the last is slow', Array.from({length: 100}, () => 300), 100, false],
    ['is not meant where one round is asked for', [200], 1, true],
    ['which is not quick either', [250], 1, false],
    ['has not begun', [], 1, false],
  ])('%s', (_what, roundsMs, roundsMost, calm) => {
    expect(isCalm(roundsMs, {cutoverMs: 500, roundsMost})).toBe(calm)
  })
})

describe('a consumer that is late', () => {
  it.each([
    [true, 's2 has not heard of what s1 wrote 12 s ago: a standby of s1 that is away holds it up'],
    [false, 's2 has not heard of what s1 wrote 12 s ago: s2 is not connected to s1'],
  ])('is told with what may be the matter, connected: %s', (isRead, words) => {
    expect(lateWords({from: 's1', to: 's2', isRead, sinceMs: 12_300})).toContain(words)
  })
})
