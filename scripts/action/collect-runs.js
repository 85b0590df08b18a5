// What a test command of a person's own measured: copies the reports of its runs into the folder of results, beside those of
// scenarios, and prints their Markdown. `collect-runs.js <runs> <results>`. Not here: runs of scenarios, which are there already.
import {copyFileSync, existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

const [runs, results] = process.argv.slice(2)
const forms = {'report.json': 'json', 'report.md': 'md', 'report.html': 'html', 'junit.xml': 'xml'}
const taken = new Set(readdirSync(results).map(name => name.replace(/\.[a-z]+$/, '')))

for (const run of readdirSync(runs).sort()) {
  const folder = join(runs, run)
  if (run === 'latest' || !existsSync(join(folder, 'report.json'))) continue
  const {through, scenario} = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))
  if (through !== 'service') continue
  const base = scenario.replace(/[^A-Za-z0-9._-]/g, '_')
  let name = base
  for (let next = 2; taken.has(name); next += 1) name = `${base}-${next}`
  taken.add(name)
  for (const [file, extension] of Object.entries(forms))
    copyFileSync(join(folder, file), join(results, `${name}.${extension}`))
  process.stdout.write(readFileSync(join(folder, 'report.md'), 'utf8'))
}
