#!/usr/bin/env node
// Stands in for hl where scenarios and drills would need Docker: answers `failover` and `drill` with the report that STAND_IN names for
// the scenario, written as hl writes it, and its exit code. Everything else is the real hl. For tests only.
import {spawnSync} from 'node:child_process'
import {appendFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {extname, join} from 'node:path'

const {STAND_IN, STAND_IN_HL, HL_RUNS = '.hl/runs'} = process.env
const [topic, scenario, ...words] = process.argv.slice(2)

if (topic !== 'failover' && topic !== 'drill') {
  const {status} = spawnSync(process.execPath, [STAND_IN_HL, ...process.argv.slice(2)], {stdio: 'inherit'})
  process.exit(status ?? 70)
}
appendFileSync(`${STAND_IN}.calls`, `${JSON.stringify(process.argv.slice(2))}\n`)
const {exitCode, report} = JSON.parse(readFileSync(STAND_IN, 'utf8'))[scenario]
if (report === null) console.error('error: no lab')
else {
  const folder = join(HL_RUNS, report.run)
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, 'report.json'), JSON.stringify(report))
  for (const path of words.filter((_word, index) => words[index - 1] === '--report'))
    writeFileSync(path, extname(path) === '.json' ? JSON.stringify(report) : `${scenario}: ${report.verdict}\n`)
}
process.exit(exitCode)
