// `npm test` after the set-up: lint, fast tests and whole runs, one part after the other, with what each took. Stops at
// the first part that fails. `--nightly` runs what is left out otherwise, or is done in part. `--shard 1/4` splits the
// tests with Docker; lint and the fast tests belong to shard 1. Exits 2 when the words of the command line leave
// nothing to run.
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {nightVariable} from './at-night.ts'
import {parseShard} from './plan-shards.ts'
import {choosePart, partsOf, partTable, type Counts, type FinishedPart, type Part} from './suite-parts.ts'

const {parts, nightly} = readArgs()
if (nightly) process.env[nightVariable] = '1'
const wanted = process.env['HL_TEST_RESULTS']
const folder = wanted ?? mkdtempSync(join(tmpdir(), 'hl-test-'))
mkdirSync(folder, {recursive: true})
const done: FinishedPart[] = []
for (const part of parts) {
  const startMs = performance.now()
  process.stdout.write(`\n# ${part.name}\n`)
  const exitCode = run(part)
  done.push({name: part.name, ms: performance.now() - startMs, exitCode, counts: countsOf(part)})
  if (exitCode !== 0) break
}
process.stdout.write(`\n${partTable(done)}\n`)
process.exitCode = done.find(({exitCode}) => exitCode !== 0)?.exitCode ?? 0
// Who looks for what failed finds it there.
if (wanted === undefined && process.exitCode === 0) rmSync(folder, {recursive: true, force: true})

function readArgs(): {readonly parts: readonly Part[]; readonly nightly: boolean} {
  try {
    const {values} = parseArgs({
      options: {shard: {type: 'string'}, only: {type: 'string'}, nightly: {type: 'boolean', default: false}},
    })
    const {nightly, only} = values
    const shard = values.shard === undefined ? null : parseShard(values.shard)
    return {parts: choosePart(partsOf(shard, nightly), only), nightly}
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  }
}

/** The exit code; 1 when it was ended by a signal. */
function run({name, command, project}: Part): number {
  const files =
    project === null
      ? []
      : [
          '--reporter=default',
          '--reporter=./test/suite/slowest-reporter.ts',
          '--reporter=json',
          `--outputFile.json=${join(folder, `${name}.json`)}`,
          '--reporter=junit',
          `--outputFile.junit=${join(folder, `${name}.xml`)}`,
        ]
  const [program = '', ...words] = [...command, ...files]
  return spawnSync(program, words, {stdio: 'inherit'}).status ?? 1
}

/** What vitest counted; null for a part without tests of its own, and where it wrote nothing. */
function countsOf({name, project}: Part): Counts | null {
  if (project === null) return null
  try {
    const told = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Readonly<Record<string, unknown>>
    const count = (field: string): number => Number(told[field] ?? 0)
    return {passed: count('numPassedTests'), failed: count('numFailedTests'), skipped: count('numPendingTests')}
  } catch {
    return null
  }
}
