#!/usr/bin/env node
// Entry of the command line: checks Node, says its version, or runs the sources where they are (a checkout) or the build
// (an installed package). No other logic.
import {existsSync, readFileSync} from 'node:fs'
import module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `error: hl needs Node 22.18 or newer, this is ${process.version}\nnext:  in a checkout, npm ci brings its own Node: use "npx hl"; elsewhere install Node 22.18 or newer\n`,
  )
  process.exit(4)
}

const root = new URL('..', import.meta.url)
if (process.argv[2] === '--version') {
  // Scripts ask this often, and it needs nothing of what hl is made of.
  const {name, version} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  // Halves the start: the sources' types are stripped once, not at every call.
  module.enableCompileCache?.()
  const layout = existsSync(new URL('cli/run.ts', root)) ? 'sources' : 'dist'
  const {run} = await import(layout === 'sources' ? '../cli/run.ts' : '../dist/cli/run.js')
  await run(process.argv.slice(2), {root, layout})
}
