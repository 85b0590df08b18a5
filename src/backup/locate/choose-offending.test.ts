import {describe, expect, it} from 'vitest'
import {chooseOffending, type Evidence} from './choose-offending.ts'
import type {RankedCommit} from './count-changes.ts'
import type {OffendingTransaction, LossKind} from './find-drop.ts'

const point = (xid: number, committedAtMs: number | null) => ({
  xid,
  commitLsn: BigInt(xid),
  committedAt: '',
  committedAtMs,
  prepared: false,
  what: '',
})
const drop = (xid: number, how: LossKind, atMs: number | null = 100): OffendingTransaction => ({
  ...point(xid, atMs),
  how,
  relations: [],
})
const rows = (xid: number, count: number, atMs: number | null = 100): RankedCommit => ({
  ...point(xid, atMs),
  rows: count,
  relations: new Map(),
  total: {insert: 0, update: 0, delete: count},
})
const choose = ({drops = [], ranked = [], window = null}: Partial<Evidence>) => {
  const choice = chooseOffending({drops, ranked, window})
  if (choice.kind === 'found') return choice.offending.xid
  return choice.kind === 'ambiguous' ? choice.candidates.map(({xid}) => xid) : null
}

/** A number: that xid is it. A list: the question to ask. null: not found. */
const table: readonly (readonly [string, Partial<Evidence>, number | readonly number[] | null])[] = [
  ['nothing', {}, null],
  ['one drop', {drops: [drop(1, 'drop')]}, 1],
  ['one commit that replaced the file', {drops: [drop(1, 'unknown')]}, 1],
  ['a rewrite and a drop: TRUNCATE may have come first', {drops: [drop(1, 'rewrite'), drop(2, 'drop')]}, [1, 2]],
  ['a drop, and ordinary writes before it', {drops: [drop(9, 'drop')], ranked: [rows(1, 5), rows(2, 5)]}, 9],
  ['a truncation that WAL names, and ordinary writes', {drops: [drop(9, 'truncate')], ranked: [rows(1, 5)]}, 9],
  ['perhaps a VACUUM FULL, and a large DELETE', {drops: [drop(9, 'rewrite')], ranked: [rows(1, 5_000)]}, [9, 1]],
  ['several drops, and writes', {drops: [drop(8, 'drop'), drop(9, 'drop')], ranked: [rows(1, 5)]}, [8, 9, 1]],
  ['the only change', {ranked: [rows(1, 1)]}, 1],
  ['ten times as much as the next', {ranked: [rows(1, 100), rows(2, 10), rows(3, 10)]}, 1],
  ['not quite ten times', {ranked: [rows(1, 99), rows(2, 10)]}, [1, 2]],
  [
    'the larger one outside the window',
    {ranked: [rows(1, 100, 50), rows(2, 3, 100)], window: {fromMs: 90, toMs: 110}},
    2,
  ],
  [
    'both ends of the window',
    {ranked: [rows(1, 5, 90), rows(2, 5, 110), rows(3, 5, 89), rows(4, 5, 111)], window: {fromMs: 90, toMs: 110}},
    [1, 2],
  ],
  [
    'a window that is open',
    {ranked: [rows(1, 100, 999), rows(2, 3, 100), rows(3, 50, 10)], window: {fromMs: 90, toMs: null}},
    1,
  ],
  [
    'an unknown time cannot be ruled out',
    {ranked: [rows(1, 100, null), rows(2, 50, 100)], window: {fromMs: 90, toMs: 110}},
    [1, 2],
  ],
  ['drops outside the window', {drops: [drop(1, 'drop', 50)], window: {fromMs: 90, toMs: 110}}, null],
  [
    'one of the drops inside the window',
    {drops: [drop(1, 'rewrite', 50), drop(2, 'drop', 100)], window: {fromMs: 90, toMs: 110}},
    2,
  ],
]

describe('chooseOffending', () => {
  it.each(table)('%s', (_, evidence, expected) => expect(choose(evidence)).toEqual(expected))

  it('says what it searched when it found nothing', () => {
    expect(chooseOffending({drops: [], ranked: [], window: null})).toEqual({
      kind: 'not-found',
      searched: 'no commit in this WAL took a watched file away or changed such rows',
    })
    expect(
      chooseOffending({
        drops: [drop(1, 'drop', 50)],
        ranked: [rows(1, 5, 60), rows(2, 5, 70)],
        window: {fromMs: 90, toMs: 110},
      }),
    ).toEqual({
      kind: 'not-found',
      searched:
        'commits that took a watched file away: 1, that changed such rows: 2; none in the time that the log gives',
    })
    expect(chooseOffending({drops: [], ranked: [rows(1, 5, 60)], window: {fromMs: 90, toMs: null}})).toMatchObject({
      searched:
        'commits that took a watched file away: 0, that changed such rows: 1; all before the statement was logged',
    })
  })

  it('says why', () => {
    expect(chooseOffending({drops: [], ranked: [rows(1, 5_000), rows(2, 20)], window: null})).toMatchObject({
      because: 'it changed at least 10 times as much as the next (5000 and 20 rows)',
    })
    expect(chooseOffending({drops: [], ranked: [rows(1, 50), rows(2, 20)], window: null})).toMatchObject({
      because: 'the largest changed less than 10 times as much as the next (50 and 20 rows)',
    })
  })
})
