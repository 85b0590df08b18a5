import {expect, it} from 'vitest'
import {parseShare} from './share-flag.ts'

it.each([
  ['99.9%', 0.999],
  ['95', 0.95],
  ['0%', 0],
  ['100%', 1],
])('%s is the share %d', (text, share) => expect(parseShare(text)).toBeCloseTo(share, 12))
it.each(['', '101%', '-1', '0.5.1', 'all', '1e1'])('%j is no share', text =>
  expect(() => parseShare(text)).toThrow('no share'),
)
