import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {expect, it} from 'vitest'
import {partsOf, partTable} from './suite-parts.ts'

it('quick parts come first, and belong to the first shard alone', () => {
  const names = (index: number | null): readonly string[] =>
    partsOf(index === null ? null : {index, count: 4}).map(({name}) => name)
  expect(names(null)).toEqual(['lint', 'types', 'unit', 'integration', 'e2e', 'e2e-timed'])
  expect(names(1)).toEqual(names(null))
  expect(partsOf(null, true).map(({name}) => name)).toEqual(['integration', 'e2e-nightly'])
  expect(names(3)).toEqual(['integration', 'e2e', 'e2e-timed'])
  expect(partsOf({index: 3, count: 4}).every(({command}) => command.includes('--shard=3/4'))).toBe(true)
})

it.each([
  ['--only', 'e2ee'],
  ['--only', 'lint', '--shard', '2/4'],
  ['--only', 'unit', '--nightly'],
])('a suite of nothing is refused: %s %s', (...words) => {
  const {status, stderr} = spawnSync(process.execPath, ['test/suite/run-suite.ts', ...words], {encoding: 'utf8'})
  expect(status).toBe(2)
  expect(stderr).toMatch(/^--only \w+: no such part to run here; there are .*e2e/)
})

it('the table ends with the totals on a line of their own', () => {
  const table = partTable([
    {name: 'lint', ms: 9_000, exitCode: 0, counts: null},
    {name: 'unit', ms: 50_000, exitCode: 0, counts: {passed: 10, failed: 0, skipped: 1}},
    {name: 'e2e', ms: 600_000, exitCode: 1, counts: {passed: 3, failed: 2, skipped: 0}},
  ])
  expect(table.split('\n').at(-1)).toBe('13 passed, 2 failed, 1 skipped')
  expect(table).toMatch(/^e2e {4,}10m 00s {2}exit 1 {2}3 passed, 2 failed, 0 skipped$/m)
})

it('the workflow calls npm scripts that are there, and every shard of as many as it says', () => {
  const workflow = readFileSync(new URL('../../.github/workflows/ci.yml', import.meta.url), 'utf8')
  const {scripts} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  const called = [...workflow.matchAll(/npm (?:run )?(?:--silent )?([a-z:]+)/g)].map(match => match[1] ?? '')
  expect(called.filter(name => !(name in scripts) && name !== 'ci')).toEqual([])
  const shards =
    /shard: \[([^\]]+)\]/
      .exec(workflow)?.[1]
      ?.split(',')
      .map(each => each.trim()) ?? []
  expect(workflow).toContain(`--shard \${{ matrix.shard }}/${shards.length}`)
  expect(shards).toEqual(shards.map((_, index) => String(index + 1)))
})
