import {expect, test} from 'vitest'
import {closest, suggestions} from './closest.ts'

test.each([
  ['primary-crahs', ['primary-crash', 'switchover'], 'primary-crash'],
  ['--scenaro', ['--scenario', '--seed'], '--scenario'],
  ['failovr', ['failover', 'faults'], 'failover'],
  ['xyz', ['failover', 'up'], null],
  ['', ['failover'], null],
])('%s among %j is near %s', (word, candidates, expected) => {
  expect(closest(word, candidates)).toBe(expected)
})

test.each([
  ['primry', ['primary', 'standby'], ['primary']],
  ['crash', ['primary-crash', 'switchover', 'patroni-crash'], ['primary-crash', 'patroni-crash']],
  ['up', ['up-lab'], []],
  ['xyz', ['failover'], []],
])('for %s among %j it is suggested %j', (word, candidates, expected) => {
  expect(suggestions(word, candidates)).toEqual(expected)
})
