import {describe, expect, it} from 'vitest'
import {transactionId} from './gid.ts'
import {judgeWholeness, type KnownDecisions, type SeenDecisions} from './judge-wholeness.ts'
import {rangesOfNumbers} from './number-ranges.ts'

const series = '00000000-0000-4000-8000-000000000000'
const idOf = (number: number, participants = 1): string =>
  transactionId({map: 'm', coordinator: 's1', series, number, participants})
const decides = (number: number, ...participants: readonly string[]) => ({
  id: idOf(number, participants.length),
  participants,
})
const takesPart = (number: number) => ({id: idOf(number), participants: []})
const compacted = (...numbers: readonly number[]) => [{coordinator: 's1', series, numbers: rangesOfNumbers(numbers)}]
const none: KnownDecisions = {rows: [], decided: []}
const seen = (shard: string, known: Partial<KnownDecisions>, more: Partial<SeenDecisions> = {}): SeenDecisions => {
  const all = {...none, ...known}
  return {shard, first: all, prepared: [], last: all, ...more}
}
const named = (number: number, on: string, lackedBy: string | null) => ({id: `s1:${series}:${number}`, on, lackedBy})

describe('transactions over shards', () => {
  it.each<readonly [string, readonly SeenDecisions[]]>([
    ['committed on both', [seen('s1', {rows: [decides(1, 's2')]}), seen('s2', {rows: [takesPart(1)]})]],
    ['prepared on one', [seen('s1', {rows: [decides(1, 's2')]}), seen('s2', {}, {prepared: [idOf(1)]})]],
    ['compacted on one', [seen('s1', {decided: compacted(1)}), seen('s2', {rows: [takesPart(1)]})]],
    ['compacted, and prepared', [seen('s1', {decided: compacted(1)}), seen('s2', {}, {prepared: [idOf(1)]})]],
    ['prepared and not decided', [seen('s1', {}), seen('s2', {}, {prepared: [idOf(1)]})]],
    [
      'committed while it was looked',
      [seen('s1', {}, {last: {...none, rows: [decides(1, 's2')]}}), seen('s2', {rows: [takesPart(1)]})],
    ],
    ['of a coordinator that is not asked', [seen('s2', {rows: [takesPart(1)]}), seen('s3', {})]],
  ])('that are %s are whole', (_what, shards) => {
    expect(judgeWholeness(shards)).toEqual({halves: 0, named: []})
  })

  it.each<readonly [string, readonly SeenDecisions[], readonly object[]]>([
    [
      'decided, and lost by a participant',
      [seen('s1', {rows: [decides(1, 's2', 's3')]}), seen('s2', {}), seen('s3', {rows: [takesPart(1)]})],
      [named(1, 's1', 's2')],
    ],
    [
      'committed by a participant, and lost by the coordinator',
      [seen('s1', {}), seen('s2', {rows: [takesPart(1)], decided: compacted(2, 3)})],
      [named(1, 's2', 's1'), named(2, 's2', 's1'), named(3, 's2', 's1')],
    ],
    [
      'compacted by the coordinator, and known to nobody else',
      [seen('s1', {decided: compacted(1, 2)}), seen('s2', {decided: compacted(1)})],
      [named(2, 's1', null)],
    ],
  ])('that are %s are halves', (_what, shards, halves) => {
    expect(judgeWholeness(shards)).toEqual({halves: halves.length, named: halves})
  })

  it('counts all, and names the first', () => {
    const many = Array.from({length: 50}, (_, number) => number)
    const judged = judgeWholeness([seen('s1', {decided: compacted(...many)}), seen('s2', {})])
    expect([judged.halves, judged.named.length]).toEqual([50, 20])
  })
})
