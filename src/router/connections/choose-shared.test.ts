// The rules of sharing, one by one and over any connections.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {chooseShared, type Shared, type Sharing} from './choose-shared.ts'

const now = 1_000
const shared = (of: Partial<Shared> = {}): Shared => ({
  users: 1,
  sharing: 'first',
  uses: 10,
  progressMs: now - 1,
  alive: true,
  ...of,
})

describe('chooseShared', () => {
  it.each<[what: string, connections: readonly Shared[], sharing: Sharing, hasRoom: boolean, index: number | null]>([
    ['nothing that must be alone', [shared()], 'never', false, null],
    ['nothing where there is nothing', [], 'first', false, null],
    ['a small read, although others are free', [shared()], 'first', true, 0],
    ['a short one not, while others are free', [shared()], 'when-full', true, null],
    ['a short one when all are busy', [shared()], 'when-full', false, 0],
    [
      'a small one not behind a short one, while others are free',
      [shared({sharing: 'when-full'})],
      'first',
      true,
      null,
    ],
    ['a small one behind a short one when all are busy', [shared({sharing: 'when-full'})], 'first', false, 0],
    ['the connection with the fewest', [shared({users: 3}), shared({users: 2}), shared({users: 3})], 'first', true, 1],
    ['no fifth while others are free', [shared({users: 4})], 'first', true, null],
    ['a fifth when all are busy', [shared({users: 4})], 'first', false, 0],
    ['no seventeenth', [shared({users: 16})], 'first', false, null],
    ['none that does not answer', [shared({progressMs: now - 21}), shared({users: 2})], 'first', false, 1],
    ['none that pg-pool has to look at', [shared({uses: 1_000})], 'first', false, null],
    ['none that is broken', [shared({alive: false})], 'first', false, null],
  ])('gives %s', (_, connections, sharing, hasRoom, index) => {
    expect(chooseShared(connections, sharing, hasRoom, now)).toBe(index === null ? null : connections[index])
  })

  it('keeps its bounds over any connections', () => {
    const any = fc.record({
      users: fc.integer({min: 1, max: 20}),
      sharing: fc.constantFrom<Sharing>('when-full', 'first'),
      uses: fc.integer({min: 1, max: 1_100}),
      progressMs: fc.integer({min: now - 60, max: now}),
      alive: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(any, {maxLength: 12}),
        fc.constantFrom<Sharing>('never', 'when-full', 'first'),
        fc.boolean(),
        (connections, sharing, hasRoom) => {
          const chosen = chooseShared(connections, sharing, hasRoom, now)
          if (chosen === null) return true
          return (
            chosen.alive &&
            chosen.users < (hasRoom ? 4 : 16) &&
            now - chosen.progressMs <= 20 &&
            chosen.uses < 1_000 &&
            sharing !== 'never'
          )
        },
      ),
    )
  })
})
