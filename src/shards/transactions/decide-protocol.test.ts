import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {decideProtocol, type BranchState} from './decide-protocol.ts'

type Kind = 'unused' | 'failed' | 'read' | 'read serializable' | 'wrote'

const branch = (shard: string, kind: Kind): BranchState => ({
  shard,
  state: kind === 'unused' || kind === 'failed' ? kind : 'open',
  wrote: kind === 'wrote',
  isSerializable: kind === 'read serializable',
  marks: null,
  error: null,
})
const ofKinds = (...kinds: readonly Kind[]): readonly BranchState[] =>
  kinds.map((kind, index) => branch('abcdef'.charAt(index), kind))

describe('a transaction', () => {
  it.each([
    ['that did nothing', ofKinds(), {kind: 'end', readers: []}],
    ['with a shard that was not used', ofKinds('unused', 'read'), {kind: 'end', readers: ['b']}],
    ['that read', ofKinds('read', 'read'), {kind: 'end', readers: ['a', 'b']}],
    ['that wrote on one', ofKinds('wrote'), {kind: 'one-phase', writer: 'a', readers: [], readersFirst: false}],
    [
      'that wrote on one and read on others',
      ofKinds('read', 'wrote', 'read'),
      {kind: 'one-phase', writer: 'b', readers: ['a', 'c'], readersFirst: false},
    ],
    [
      'that read serializably beside its write',
      ofKinds('read serializable', 'wrote'),
      {kind: 'one-phase', writer: 'b', readers: ['a'], readersFirst: true},
    ],
    [
      'that wrote on three',
      ofKinds('read', 'wrote', 'wrote', 'wrote'),
      {kind: 'two-phase', coordinator: 'b', participants: ['c', 'd'], readers: ['a'], readersFirst: false},
    ],
    ['that failed on one', ofKinds('wrote', 'failed', 'wrote'), {kind: 'abort', failed: ['b'], error: null}],
  ] as const)('%s', (_what, branches, expected) => expect(decideProtocol(branches)).toEqual(expected))

  it.each<readonly [string, readonly (string | null)[], 'two-phase' | 'abort']>([
    ['is on all of its shards', ['x', 'x', null], 'two-phase'],
    ['was taken back on all of them', ['', '', null], 'two-phase'],
    ['was taken back on one', ['x', '', null], 'abort'],
    ['was taken back on one, and another on the other', ['x', 'y', null], 'abort'],
  ])('with a write over shards that %s', (_what, marks, kind) => {
    const protocol = decideProtocol(
      ofKinds('wrote', 'wrote', 'wrote').map((one, index) => ({...one, marks: marks[index] ?? null})),
    )
    expect(protocol.kind).toBe(kind)
    if (protocol.kind === 'abort')
      expect(protocol).toMatchObject({failed: ['a', 'b'], error: {code: 'ABORTED', detail: {shards: ['a', 'b']}}})
  })

  it('that wrote on several is never committed one shard after the other, and ends on each that it used', () => {
    const kinds = fc.array(fc.constantFrom<Kind[]>('unused', 'failed', 'read', 'read serializable', 'wrote'), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(kinds, given => {
        const protocol = decideProtocol(ofKinds(...given))
        if (given.includes('failed')) return protocol.kind === 'abort'
        const writers = given.filter(kind => kind === 'wrote').length
        if (protocol.kind === 'abort' || writers > 1 !== (protocol.kind === 'two-phase')) return false
        const ends =
          protocol.kind === 'end'
            ? protocol.readers
            : protocol.kind === 'one-phase'
              ? [protocol.writer, ...protocol.readers]
              : [protocol.coordinator, ...protocol.participants, ...protocol.readers]
        return ends.length === given.filter(kind => kind !== 'unused').length && new Set(ends).size === ends.length
      }),
    )
  })
})
