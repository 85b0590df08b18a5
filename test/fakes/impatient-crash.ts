// A crash of the primary whose wait for the next one runs out before there can be one. For tests only.
import {failoverScenarios} from '../../scenarios/index.ts'
import type {Scenario} from '../../src/model/scenario.ts'

export function impatientCrash(withinMs: number): Scenario {
  const crash = failoverScenarios['primary-crash']
  return {
    ...crash,
    steps: crash.steps.map(step =>
      step.kind === 'await' && step.until === 'new-primary' ? {...step, withinMs} : step,
    ),
  }
}
