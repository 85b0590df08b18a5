// Clusters for tests in figures: until one is whole, what a reset costs, what two workers cost each other; beside one
// server by testcontainers.
//   npm install --prefix /tmp/tc testcontainers                   what is compared with
//   node bench/testing.ts --testcontainers /tmp/tc                all parts, about 12 minutes
//   node bench/testing.ts starts --rounds 1                       whether it works: not kept in bench/results unless
//                                                                 --keep
// Writes bench/results/testing.json and .md, after each part. Nothing else should run on the host. Needs Docker and the
// lab's images (sh scripts/setup.sh).
import {parseArgs} from 'node:util'
import {conditionsNow} from './router/conditions.ts'
import {markdownTable} from './router/format.ts'
import {keep} from './router/results.ts'
import {countOf, partsOf, runPart, tell} from './run-parts.ts'
import {resets} from './testing/resets.ts'
import {starts} from './testing/starts.ts'
import type {TestingPart} from './testing/testing-part.ts'
import {workers} from './testing/workers.ts'

const parts: readonly TestingPart[] = [starts, resets, workers]

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    rounds: {type: 'string', default: '5'},
    testcontainers: {type: 'string', default: '.'},
    keep: {type: 'boolean', default: false},
  },
})
// The container that testcontainers has for what a killed test leaves is of an image of a registry; this takes away
// what it starts by itself.
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
const wanted = positionals.length === 0 ? parts : partsOf(positionals, parts)
const rounds = countOf('--rounds', values.rounds)
const conditions = conditionsNow(['node bench/testing.ts', ...process.argv.slice(2)].join(' '))

for (const part of wanted) {
  await runPart(part, async (undo, say) => {
    const findings = await part.run({rounds, trials: 1, testcontainers: values.testcontainers, undo, tell: say})
    for (const table of findings.tables) tell(markdownTable(table))
    // A look whether it works is no result.
    if (rounds >= 3 || values.keep)
      keep(
        part.name,
        findings,
        conditions,
        parts.map(({name}) => name),
        {file: 'testing', title: 'Clusters for tests in figures'},
      )
  })
}
