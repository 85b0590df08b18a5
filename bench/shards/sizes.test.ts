import {describe, expect, it} from 'vitest'
import {flagsOf, sizesOf} from './sizes.ts'

describe('flags', () => {
  it.each([
    [[], {only: [], rounds: 6, quick: false, keep: true}],
    [['--quick'], {only: [], rounds: 6, quick: true, keep: false}],
    [['--quick', '--keep'], {only: [], rounds: 6, quick: true, keep: true}],
    [
      ['--only', 'fence', '--only', 'stream', '--rounds', '3'],
      {only: ['fence', 'stream'], rounds: 3, quick: false, keep: true},
    ],
  ])('%j', (args, flags) => expect(flagsOf(args)).toEqual(flags))

  it.each([
    [['--rounds', '0'], /--rounds is 0/],
    [['--rounds', 'many'], /--rounds is many/],
    [['fence'], /positional/],
    [['--fast'], /--fast/],
  ])('%j is refused', (args, message) => expect(() => flagsOf(args)).toThrow(message))
})

it('quick is a tenth, of durations with a floor', () => {
  const [full, quick] = [sizesOf(false), sizesOf(true)]
  expect([full.users, full.ordersPerUser, full.ms(1_000)]).toEqual([100_000, 10, 1_000])
  expect([quick.users, quick.ordersPerUser, quick.ms(1_000), quick.ms(100)]).toEqual([10_000, 10, 100, 50])
})
