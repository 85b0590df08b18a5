import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ShardError} from '../shard-error.ts'
import {gidBytesMax, parseGid, participantGid, prefixOf, transactionId} from './gid.ts'

const series = '0b7f7a55-5d9e-4f6e-9a6a-0f0c8a3b1c2d'
const name = fc.string({minLength: 1, maxLength: 2, unit: 'binary'}).filter(text => text.isWellFormed())

describe('the name of a prepared transaction', () => {
  it('says all parts', () => {
    const id = transactionId({map: 'm', coordinator: 'a', series, number: 7, participants: 1})
    expect(id).toBe(`hl:m:a:${series}:7.1`)
    expect(participantGid(id, 'b')).toBe(`hl:m:a:${series}:7.1:b`)
  })

  it('is read back as it was written, whatever the shards are called', () => {
    fc.assert(
      fc.property(name, name, name, fc.nat(), fc.integer({min: 1, max: 99}), (map, coordinator, participant, n, k) => {
        const id = transactionId({map, coordinator, series, number: n, participants: k})
        const gid = participantGid(id, participant)
        expect(gid).toMatch(/^[\w.%:-]+$/)
        expect(gid.startsWith(prefixOf(map))).toBe(true)
        expect(parseGid(gid)).toEqual({
          id,
          name: {map, coordinator, series, number: n, participants: k, participant},
        })
      }),
    )
  })

  it('of 199 bytes is written, one of 200 is refused', () => {
    const id = transactionId({map: 'm', coordinator: 'a', series, number: 7, participants: 1})
    const longest = 'x'.repeat(gidBytesMax - id.length - 1)
    expect(participantGid(id, longest)).toHaveLength(199)
    expect(() => participantGid(id, `${longest}x`)).toThrow(ShardError)
  })

  it.each([
    ['another program', 'pg_repack_17'],
    ['no participant', `hl:m:a:${series}:7.1`],
    ['another shape of number', `hl:m:a:${series}:07.1:b`],
    ['a letter that needs no escape', `hl:m:%61:${series}:7.1:b`],
    ['a broken escape', `hl:m:%FF:${series}:7.1:b`],
    ['something behind it', `hl:m:a:${series}:7.1:b:c`],
  ])('of %s is not read', (_what, gid) => expect(parseGid(gid)).toBeNull())
})
