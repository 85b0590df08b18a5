// A scenario as a test names it. PURE.
import {scenarios} from '../../scenarios/index.ts'
import {checkScenario} from '../config/check-scenario.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Scenario} from '../model/scenario.ts'

/** SCENARIO_UNKNOWN for a name that there is not, SCENARIO_INVALID for one of your own that makes no sense. */
export function testScenario(scenario: string | Scenario): Scenario {
  if (typeof scenario !== 'string') return checkScenario(scenario)
  const [, found] = Object.entries<Scenario>(scenarios).find(([name]) => name === scenario) ?? []
  if (found !== undefined) return found
  throw new HlError('SCENARIO_UNKNOWN', `no scenario is called "${scenario}"`, {
    next: [hint('scenarios list', {why: 'lists them'})],
  })
}
