// The command line as other people's scripts know it: a change of it is visible here. UPDATE_GOLDEN=1 rewrites the
// file.
import {readFileSync, writeFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {loadConfig} from './run.ts'
import {referencePages} from './reference/reference-pages.ts'

const golden = new URL('../test/golden/command-surface.json', import.meta.url)
const config = await loadConfig(new URL('..', import.meta.url), 'sources')

test('commands, arguments and flags are those of the golden file', () => {
  const surface = config.commands
    .filter(command => command.pluginName === config.name)
    .map(command => ({
      command: command.id,
      aliases: command.aliases,
      args: Object.keys(command.args),
      flags: Object.entries(command.flags)
        .map(([name, flag]) => (flag.required === true ? `${name}!` : name))
        .toSorted(),
    }))
    .toSorted((a, b) => (a.command < b.command ? -1 : 1))
  const text = `${JSON.stringify(surface, null, 2)}\n`
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text)
  expect(text).toBe(readFileSync(golden, 'utf8'))
})

test('docs/cli says what the commands say', () => {
  for (const [name, text] of referencePages(config))
    expect(readFileSync(new URL(`../docs/cli/${name}`, import.meta.url), 'utf8'), `${name}: run npm run docs`).toBe(
      text,
    )
})

test('every command has a summary, takes --json, and shows an example unless it is hidden', () => {
  for (const command of config.commands.filter(({pluginName, hidden}) => pluginName === config.name && !hidden)) {
    expect(command.summary, command.id).toBeTruthy()
    expect(Object.keys(command.flags), command.id).toContain('json')
    expect(command.examples?.length ?? 0, command.id).toBeGreaterThan(0)
  }
})
