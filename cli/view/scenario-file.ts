// A scenario as the text of a file of one's own. PURE.
import {HlError} from '../../src/model/errors.ts'
import type {Scenario} from '../../src/model/scenario.ts'

/** JSON, or a module that exports it, by the name of the file. USAGE for another. */
export function scenarioFile(scenario: Scenario, file: string): string {
  const value = JSON.stringify({...scenario, name: `my-${scenario.name}`}, null, 2)
  if (file.endsWith('.json')) return `${value}\n`
  if (/\.[cm]?[jt]s$/.test(file))
    return `// Every field: docs/scenarios.md. Times are in ms where a name ends in Ms.\nexport default ${value}\n`
  throw new HlError('USAGE', `${file} would be no scenario: its name ends in neither .ts nor .json`, {
    next: ['name it mine.ts or mine.json'],
  })
}
