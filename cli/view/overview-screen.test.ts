import {expect, it} from 'vitest'
import {loadConfig} from '../run.ts'
import {overviewScreen} from './overview-screen.ts'

/** What comes with oclif: said otherwise on the page. */
const fromOclif: ReadonlySet<string> = new Set(['help'])

it('names every command that is not hidden, and every topic', async () => {
  const config = await loadConfig(new URL('../..', import.meta.url), 'sources')
  const screen = overviewScreen(config)
  const missing = config.commands
    .filter(({hidden}) => !hidden)
    .map(({id}) => id.split(':')[0] ?? id)
    .filter(word => !fromOclif.has(word) && !new RegExp(`^  ${word} {2,}\\S`, 'm').test(screen))
  expect(missing).toEqual([])
})

it('has a line for a command that is new, by its summary, and none for a hidden one', () => {
  const screen = overviewScreen({
    topics: [{name: 'shards', description: 'shards: list, move'}],
    commands: [
      {id: 'chaos', summary: 'Break things at random; for hours', hidden: false},
      {id: 'shards:list', summary: 'List', hidden: false},
      {id: 'secret', summary: 'x', hidden: true},
    ],
  })
  expect(screen).toMatch(/^ {2}chaos {3}Break things at random$/m)
  expect(screen).toMatch(/^ {2}shards {2}shards: list, move$/m)
  expect(screen).not.toContain('secret')
})

it('names every command once, under what it is for', async () => {
  const config = await loadConfig(new URL('../..', import.meta.url), 'sources')
  const lines = overviewScreen(config).split('\n')
  const words = [...new Set(config.commands.filter(({hidden}) => !hidden).map(({id}) => id.split(':')[0] ?? id))]
  for (const word of words.filter(each => !fromOclif.has(each)))
    expect(
      lines.filter(line => new RegExp(`^  ${word} {2,}\\S`).test(line)),
      word,
    ).toHaveLength(1)
  expect(lines).not.toContain('And more')
})
