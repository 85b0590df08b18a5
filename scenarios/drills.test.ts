import {describe, expect, it} from 'vitest'
import {drillNames, drills} from './drills.ts'
import type {Drill} from '../src/model/drill.ts'

const all: readonly Drill[] = Object.values(drills)

describe('the set of drills', () => {
  it('lists each under its own name', () => expect(drillNames).toEqual(all.map(({name}) => name)))

  it('has refusals that name their code and words, and nothing else does', () => {
    for (const {name, nature, refusedWith, refusedSaying} of all)
      expect([refusedWith !== undefined, refusedSaying !== undefined], name).toEqual([
        nature === 'refusal',
        nature === 'refusal',
      ])
  })

  it('has words that not every refusal would say', () => {
    for (const {name, refusedSaying} of all)
      if (refusedSaying !== undefined) expect(new RegExp(refusedSaying).test(''), name).toBe(false)
  })

  it('has controls that name the checks that must reject them, and nothing else does', () => {
    for (const {name, nature, mustFail = []} of all) expect(mustFail.length > 0, name).toBe(nature === 'control')
  })

  it('owes that nothing good is lost, wherever something comes back', () => {
    expect(
      all.filter(({nature, objectives}) => nature === 'drill' && objectives.lostWritesMax !== 0).map(({name}) => name),
    ).toEqual([])
  })
})
