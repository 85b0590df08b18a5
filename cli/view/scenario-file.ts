// A scenario as the text of a file of one's own. PURE.
import {HlError} from '../../src/model/errors.ts'
import type {Scenario} from '../../src/model/scenario.ts'

/** For the editor: nothing of it is loaded when the file is run. */
const typed = 'pg-highload-lab/scenario'
const fields = '// Every field: docs/scenarios.md. Times are in ms where a name ends in Ms.\n'

/** JSON, or a module that exports it, by the name of the file. USAGE for another. */
export function scenarioFile(scenario: Scenario, file: string): string {
  const value = JSON.stringify({...scenario, name: `my-${scenario.name}`}, null, 2)
  if (file.endsWith('.json')) return `${value}\n`
  if (/\.[cm]?ts$/.test(file))
    return `${fields}import type {Scenario} from '${typed}'\n\nexport default ${value} satisfies Scenario\n`
  if (/\.[cm]?js$/.test(file)) return `${fields}/** @type {import('${typed}').Scenario} */\nexport default ${value}\n`
  throw new HlError('USAGE', `${file} would be no scenario: its name ends in neither .ts nor .json`, {
    next: ['name it mine.ts or mine.json'],
  })
}
