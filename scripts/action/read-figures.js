// What the steps of action.yml read of reports. `read-figures.js <folder>` prints the outputs rto-p50-ms and rpo of all reports in it,
// `read-figures.js --run <report.json>` the name of its run. Invariant: what was not measured is empty, and never 0.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

const [first, second] = process.argv.slice(2)
const read = path => JSON.parse(readFileSync(path, 'utf8'))

/** Of one run it is its own; null: none was measured, or it never came back. */
const medianMs = ({rto, trials}) => (trials === null ? (rto?.ms ?? null) : (trials.rtoMs?.p50 ?? null))
/** null: nobody looked. */
const lost = ({writes, trials, checks}) =>
  checks.some(({name, verdict}) => name === 'lost-writes' && verdict !== 'unknown') ? (trials ?? writes).lost : null

if (first === '--run') console.log(read(second).run)
else {
  const reports = readdirSync(first)
    .filter(name => name.endsWith('.json'))
    .map(name => read(join(first, name)))
  const medians = reports.map(medianMs).filter(ms => ms !== null)
  const losses = reports.map(lost).filter(count => count !== null)
  console.log(`rto-p50-ms=${medians.length === 0 ? '' : Math.round(Math.max(...medians))}`)
  console.log(`rpo=${losses.length === 0 ? '' : losses.reduce((sum, count) => sum + count, 0)}`)
}
