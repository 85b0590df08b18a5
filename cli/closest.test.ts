import {expect, test} from 'vitest'
import {closest} from './closest.ts'

test.each([
  ['primary-crahs', ['primary-crash', 'switchover'], 'primary-crash'],
  ['--scenaro', ['--scenario', '--seed'], '--scenario'],
  ['failovr', ['failover', 'faults'], 'failover'],
  ['xyz', ['failover', 'up'], null],
  ['', ['failover'], null],
])('%s among %j is near %s', (word, candidates, expected) => {
  expect(closest(word, candidates)).toBe(expected)
})
