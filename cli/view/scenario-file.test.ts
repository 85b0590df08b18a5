import {expect, it} from 'vitest'
import {scenarios} from '../../scenarios/index.ts'
import {checkScenario} from '../../src/config/check-scenario.ts'
import {scenarioFile} from './scenario-file.ts'

it.each(Object.values(scenarios))('$name in a file is a scenario that can be run', scenario => {
  const text = scenarioFile(scenario, './mine.json')
  expect(checkScenario(JSON.parse(text))).toMatchObject({name: `my-${scenario.name}`, steps: scenario.steps})
  expect(scenarioFile(scenario, 'mine.ts')).toContain(`export default ${text.trimEnd()} satisfies Scenario`)
  expect(scenarioFile(scenario, 'mine.js')).toContain(`export default ${text}`)
})

it('a file of another kind is refused', () =>
  expect(() => scenarioFile(scenarios['primary-crash'], 'mine.yaml')).toThrow('neither .ts nor .json'))
