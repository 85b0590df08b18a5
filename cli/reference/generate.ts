// Writes docs/cli/: one page per topic or command, from the commands' own flags, args and examples. `--check` compares
// instead and fails on a difference.
import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {loadConfig} from '../run.ts'
import {referencePages} from './reference-pages.ts'

const folder = new URL('../../docs/cli/', import.meta.url)
const pages = referencePages(await loadConfig(new URL('../..', import.meta.url), 'sources'))

if (process.argv.includes('--check')) {
  const differing = [...pages].filter(([name, text]) => readOrEmpty(name) !== text).map(([name]) => name)
  const extra = readdirSync(folder).filter(name => !pages.has(name))
  if (differing.length + extra.length > 0) {
    process.stderr.write(
      `docs/cli is not what the commands say: ${[...differing, ...extra].join(', ')}\nnext: npm run docs\n`,
    )
    process.exitCode = 1
  }
} else {
  rmSync(folder, {recursive: true, force: true})
  mkdirSync(folder, {recursive: true})
  for (const [name, text] of pages) writeFileSync(new URL(name, folder), text)
}

function readOrEmpty(name: string): string {
  try {
    return readFileSync(new URL(name, folder), 'utf8')
  } catch {
    return ''
  }
}
