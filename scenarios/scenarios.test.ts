import {describe, expect, it} from 'vitest'
import {scenarioNames, scenarios} from './index.ts'
import type {Scenario} from '../src/model/scenario.ts'

const all: readonly Scenario[] = Object.values(scenarios)

describe('the set of scenarios', () => {
  it('lists each under its own name', () => {
    expect(scenarioNames).toEqual(all.map(scenario => scenario.name))
  })

  it('holds a control for lost writes and one for split brain, and quiet runs with and without a fault', () => {
    expect(all.filter(scenario => scenario.nature === 'control').flatMap(scenario => scenario.mustFail)).toEqual(
      expect.arrayContaining(['lost-writes', 'split-brain']),
    )
    const quiet = all.filter(scenario => scenario.nature === 'quiet')
    expect(quiet.map(scenario => scenario.steps.some(step => step.kind === 'inject')).toSorted()).toEqual([false, true])
  })

  it('owes that nothing is lost, everywhere', () => {
    expect(all.filter(scenario => scenario.objectives.lostWritesMax !== 0).map(scenario => scenario.name)).toEqual([])
  })

  it('ends each in full redundancy, so that the next trial starts from it', () => {
    for (const scenario of all)
      expect(scenario.steps.slice(-2), scenario.name).toContainEqual(
        expect.objectContaining({kind: 'await', until: 'healthy'}),
      )
  })

  it('keeps the short fault below what a lease has left at worst', () => {
    const held = scenarios['short-fault'].steps.find(step => step.kind === 'hold' && step.as === 'fault')
    expect(held?.forMs).toBeLessThan((20 - 5) * 1_000)
  })
})
