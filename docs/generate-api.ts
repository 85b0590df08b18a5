// Writes docs/api/: one page for each library entry. `--check` compares instead and fails on a difference. Not here:
// what a page says (api-page.ts).
import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {apiPages} from './api-page.ts'

const folder = new URL('api/', import.meta.url)
const pages = apiPages(path => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))

if (process.argv.includes('--check')) {
  const differing = [...pages].filter(([name, {text}]) => readOrEmpty(name) !== text).map(([name]) => name)
  const extra = readdirSync(folder).filter(name => !pages.has(name))
  if (differing.length + extra.length > 0) {
    process.stderr.write(
      `docs/api is not what the sources say: ${[...differing, ...extra].join(', ')}\nnext: npm run docs\n`,
    )
    process.exitCode = 1
  }
} else {
  rmSync(folder, {recursive: true, force: true})
  mkdirSync(folder, {recursive: true})
  for (const [name, {text}] of pages) writeFileSync(new URL(name, folder), text)
}

function readOrEmpty(name: string): string {
  try {
    return readFileSync(new URL(name, folder), 'utf8')
  } catch {
    return ''
  }
}
