import {expect, it} from 'vitest'
import {complaint} from './stale.ts'

it.each([
  ['is refused by the former owner and comes through its pool', {}, null],
  ['is taken by the former owner', {refusedWith: null}, 's2 took a write of a user who lives on s1 by now'],
  ['is refused for another reason', {refusedWith: '57P01'}, 's2 refused with 57P01, not since the user has moved'],
  ['never comes to the owner', {failure: 'no answer'}, 'the pool did not bring the write to s1: no answer'],
  ['is of a user who has not moved', {after: 's2'}, 'the user is on s2 still: nothing was tried'],
])('a write with an old map that %s', (_what, change, says) =>
  expect(complaint({before: 's2', after: 's1', refusedWith: 'HL001', failure: null, ...change})).toBe(says),
)
