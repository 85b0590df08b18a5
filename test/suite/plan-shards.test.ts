import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {filesOfShard, longestFirst, parseShard} from './plan-shards.ts'

const file = (path: string, seconds: number) => ({path, seconds})
const arbitraryFiles = fc
  .uniqueArray(fc.tuple(fc.string({minLength: 1}), fc.nat(900)), {selector: ([path]) => path, maxLength: 30})
  .map(pairs => pairs.map(([path, seconds]) => file(path, seconds)))

describe('shards', () => {
  it('hold every file exactly once, whatever their number', () => {
    fc.assert(
      fc.property(arbitraryFiles, fc.integer({min: 1, max: 9}), (files, count) => {
        const all = Array.from({length: count}, (_, index) => filesOfShard(files, {index: index + 1, count})).flat()
        expect(all.map(({path}) => path).toSorted()).toEqual(files.map(({path}) => path).toSorted())
      }),
    )
  })

  it('differ by one file at most', () => {
    fc.assert(
      fc.property(arbitraryFiles, fc.integer({min: 1, max: 9}), (files, count) => {
        const loads = Array.from({length: count}, (_, index) =>
          filesOfShard(files, {index: index + 1, count}).reduce((sum, {seconds}) => sum + seconds, 0),
        )
        const longest = Math.max(0, ...files.map(({seconds}) => seconds))
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(longest)
      }),
    )
  })

  it('start with the longest file', () => {
    const files = [file('b', 1), file('c', 60), file('a', 1)]
    expect(longestFirst(files).map(({path}) => path)).toEqual(['c', 'a', 'b'])
    expect(filesOfShard(files, {index: 1, count: 2})).toEqual([file('c', 60)])
    expect(filesOfShard(files, {index: 2, count: 2})).toEqual([file('a', 1), file('b', 1)])
  })
})

describe('--shard', () => {
  it('is a number out of a number', () => {
    expect(parseShard('2/4')).toEqual({index: 2, count: 4})
  })

  it.each(['', '1', '0/4', '5/4', '1/0', 'a/b', '1/4/2', '-1/4', '1.5/4'])('cannot be "%s"', text => {
    expect(() => parseShard(text)).toThrow('like 1/4')
  })
})
