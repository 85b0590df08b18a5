// What the flags of `hl restore` make together, and that every such command which a hint names is one that is taken.
import * as Parser from '@oclif/core/parser'
import {describe, expect, it} from 'vitest'
import {commandsIn} from '../src/runbooks/commands-in.ts'
import {fillPlaceholders} from '../test/architecture/fill-placeholders.ts'
import {readSources} from '../test/architecture/read-sources.ts'
import {parseTarget} from '../src/backup/restore/parse-target.ts'
import {waysOut, type RestoreState, type UnfinishedRestore} from '../src/lab/lifecycle/restore-state.ts'
import {hint, hintText} from '../src/model/command-hint.ts'
import Restore from './commands/restore.ts'
import {aftermathOf} from './restore-place.ts'
import {wantedTarget} from './restore-flags.ts'
import {barrierRequest} from './restore-to-barrier.ts'

/** What it would do: the aftermath, or the place of a restore whose target is sound. Throws as the command does. */
async function taken(text: string): Promise<string> {
  // A placeholder may have a space in it.
  const typed = text.replaceAll(/<(?:time|moment)>/g, 'latest').replaceAll(/<[^<>]+>/g, 'x')
  const words = commandsIn(`\`\`\`\n${typed}\n\`\`\``)[0]?.words ?? []
  const flags = {...Restore.baseFlags, ...Restore.flags}
  const parsed = await Parser.parse([...fillPlaceholders(words.slice(1), flags)], {flags, args: {}, strict: true})
  const given = parsed.flags as unknown as Parameters<typeof aftermathOf>[0]
  const aftermath = aftermathOf(given)
  if (aftermath !== null) return aftermath
  if (barrierRequest(given) !== null) return 'all shards'
  const {beforeDrop, beforeStatement, ...target} = wantedTarget(given)
  if (beforeDrop === undefined && beforeStatement === undefined) parseTarget(target)
  return given.into === undefined ? 'in place' : 'into'
}

describe('what the flags of a restore make together', () => {
  it.each([
    ['hl restore --resume --lab x', 'resume'],
    ['hl restore --resume --identity f --lab x', 'resume'],
    ['hl restore --resume --discard-newer', 'resume'],
    ['hl restore --put-back', 'put-back'],
    ['hl restore --put-back --discard-newer --confirm lab', 'put-back'],
    ['hl restore --discard-copy --confirm lab', 'discard-copy'],
    ['hl restore --in-place --discard-copy --to latest', 'in place'],
    ['hl restore --into second --to-lsn 0/3000028', 'into'],
    ['hl restore --into second --to-barrier latest', 'all shards'],
    ['hl restore --into second --to-barrier latest --dry-run', 'all shards'],
  ])('%s: %s', async (text, does) => expect(await taken(text)).toBe(does))

  it.each([
    'hl restore',
    'hl restore --to latest',
    'hl restore --into second',
    'hl restore --into second --in-place --to latest',
    'hl restore --resume --put-back',
    'hl restore --resume --to latest',
    'hl restore --resume --dry-run',
    'hl restore --put-back --discard-copy',
    'hl restore --put-back --to latest',
    'hl restore --put-back --backup latest',
    'hl restore --discard-copy --to latest',
    'hl restore --discard-newer',
    'hl restore --in-place --to latest --discard-newer',
    'hl restore --in-place --to-barrier latest',
    'hl restore --into second --to-barrier latest --to latest',
    'hl restore --into second --to-barrier latest --shard s2',
    'hl restore --into second --to-barrier latest --exclusive',
    'hl restore --resume --to-barrier latest',
  ])('refused: %s', async text => {
    const error: unknown = await taken(text).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({code: expect.stringMatching(/^(?:USAGE|TARGET_INVALID)$/) as string})
    // And what it names instead is taken.
    const {next} = error as {readonly next: readonly string[]}
    for (const step of next.filter(one => one.startsWith('hl restore'))) expect(await taken(step)).toBeTruthy()
  })
})

describe('restores that are named as a next step are taken', () => {
  const documents = readSources(['runbooks/**/*.md', 'docs/*.md', 'README.md'])
  const documented = [...documents].flatMap(([path, text]) =>
    commandsIn(text)
      .filter(({words, text: command}) => words[0] === 'restore' && command !== 'hl restore')
      .map(({text: command}) => ({command, path})),
  )
  // A flag of its own, in a sentence about it, is no command.
  it.each(documented.filter(({command}) => /--(?:to|before|resume|put-back|discard)/.test(command)))(
    '$command ($path)',
    async ({command}) => expect(await taken(command)).toBeTruthy(),
  )

  const states: readonly RestoreState[] = [
    'into begun',
    'into in-use',
    'into checked',
    'in-place begun',
    'in-place in-use',
    'in-place checked',
  ]
  it.each(states)('by what is left of a restore that is %s', async state => {
    const [place, stage] = state.split(' ') as [UnfinishedRestore['place'], UnfinishedRestore['stage']]
    const restore = {lab: 'x', place, stage, id: '', from: 'y', member: 'pg1', wanted: {}, make: {}, failed: []}
    const steps = waysOut(restore).map(step => (typeof step === 'string' ? step : hintText({...step, why: ''}, 'x')))
    expect(steps.length).toBeGreaterThan(0)
    for (const step of steps.filter(one => one.startsWith('hl restore'))) expect(await taken(step)).toBeTruthy()
  })

  it.each([
    hint('restore', {flags: {'discard-copy': true, 'confirm': 'x'}, lab: 'x'}),
    hint('restore', {flags: {'put-back': true, 'discard-newer': true}, lab: 'x'}),
    hint('restore', {flags: {into: '<lab>', to: 'latest', timeline: 9}, lab: 'x'}),
    hint('restore', {flags: {'in-place': true, 'to': 'latest'}, lab: 'x'}),
  ])('%o', async step => expect(await taken(hintText(step))).toBeTruthy())

  /** Every hint of the sources: its flags must make a command by themselves. */
  const hinted = [...readSources(['src/**/*.ts', 'cli/**/*.ts'])]
    .filter(([path]) => !path.endsWith('.test.ts'))
    .flatMap(([path, text]) =>
      [...text.matchAll(/hint\('restore', \{\s*flags: \{([^}]*)\}/g)].map(match => ({
        path,
        flags: [...(match[1] ?? '').matchAll(/'?([a-z-]+)'?: (true|'[^']*'|[\w.<>]+)/g)].map(flag =>
          flag[2] === 'true' ? `--${flag[1] ?? ''}` : `--${flag[1] ?? ''} x`,
        ),
      })),
    )
    // One whose flags are made elsewhere is in the lists above.
    .filter(({flags}) => flags.length > 0)
  it('are found in the sources', () => expect(hinted.length).toBeGreaterThan(10))
  it.each(hinted)('$flags ($path)', async ({flags}) => {
    const text = `hl restore ${flags.join(' ')}`
      .replace('--to x', '--to latest')
      .replace('--timeline x', '--timeline 3')
      .replace('--identity x', '')
    expect(await taken(text)).toBeTruthy()
  })
})
