import {expect, it} from 'vitest'
import {wholeOnes} from './barriers.ts'
import type {Barrier} from './barrier.ts'

const barrier = (name: string, takenAt: string): Barrier => ({
  name,
  takenAt,
  heldMs: 1,
  mapId: 'm',
  positions: ['s1', 's2'].map(shard => ({
    shard,
    system: '7',
    timeline: 1,
    lsn: '0/1',
    point: name,
    groups: {},
    moves: [],
  })),
})
const [old, young, half] = [barrier('old', '1'), barrier('young', '2'), barrier('half', '3')]

it('a barrier is what every shard of it has that was asked, newest first', () => {
  const names = (of: Parameters<typeof wholeOnes>[0]): readonly string[] => wholeOnes(of).map(({name}) => name)
  const both = new Map([
    ['s1', [half, old, young]],
    ['s2', [old, young]],
  ])
  expect(names(both)).toEqual(['young', 'old'])
  expect(names(new Map([['s1', [half, old]]]))).toEqual(['half', 'old'])
  expect(names(new Map())).toEqual([])
})
