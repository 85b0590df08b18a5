// The command-line contract, without Docker: exit codes, streams, one JSON document, errors with a next step.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {schemaProblems} from '../json-schema.ts'
import {runHl} from '../run-hl.ts'
import {temporaryFolder} from '../temporary-folder.ts'

const nowhere = {DOCKER_HOST: 'tcp://127.0.0.1:1'}
const cwd = temporaryFolder('contract', afterAll)
const file = (name: string, text: string): string => {
  writeFileSync(join(cwd, name), text)
  return join(cwd, name)
}

describe('wrong usage: exit 2, nothing on stdout, a next step on stderr', () => {
  test.concurrent.each([
    [['failovr'], 'did you mean: hl failover'],
    [['runs', 'shw', 'latest'], 'did you mean: hl runs show'],
    [['faults', 'bogus'], '"faults bogus" is not a command'],
    [['help', 'failovr'], 'did you mean: hl failover'],
    [['--lab', 'x', 'status'], '"status" is one word too many'],
    [['status', 'now'], '"status now" is not a command'],
    [['completion', 'csh'], 'bash'],
    [['failover', '--scenaro', 'primary-crash'], 'did you mean --scenario'],
    [['failover', '--scenario', 'primary-crahs'], 'did you mean primary-crash'],
    [['failover'], 'hl failover primary-crash'],
    [['drill'], 'hl drill dropped-table'],
    [['failover', 'primary-crash', '--scenario', 'switchover'], 'two scenarios'],
    [['failover', 'crash'], 'did you mean primary-crash or '],
    [['faults', 'inject', 'kill-container', '--node', 'primry'], 'did you mean primary'],
    [['failover', 'primary-crash', '--rto-max', '30q'], 'a duration such as'],
    [['failover', 'primary-crash', '--ttl', '10s', '--dry-run'], 'at least 20 s'],
    [['runs', 'compare'], 'none is named'],
    [['runs', 'compare', '--baseline', 'none.json'], 'none.json holds no report'],
    [['runs', 'compare', 'latest', '--fail-if', 'rto>2'], 'the figure one of rto.min'],
    [['runs', 'prune', '--keep', 'x'], '--keep takes a whole number, not x'],
    [['runs', 'prune', '--keep', '0'], 'CONFIRMATION_MISSING'],
    [['psql', '--role', 'nobody', 'SELECT 1'], '--role takes one of postgres,'],
    [['runs', 'show', 'latest', 'more'], '"more" is one word too many'],
    [['status', '--lab'], '--lab needs a value'],
    [['failover', '--scenario', 'primary-crash', '--ttl', 'soon'], 'ttl cannot be "soon"'],
    [['failover', '--scenario', 'primary-crash', '--repeat', '0'], 'repeat cannot be "0": a whole number from 1 to'],
    [['failover', '--scenario', './none.ts'], 'there is no file'],
    [['failover', '--scenario', 'primary-crash', '--interactive'], 'there is no terminal'],
    [['drill', '--scenario', 'dropped-table', '--interactive'], 'there is no terminal'],
    [['failover', '--scenario', 'primary-crash', '--report', 'x.pdf'], 'unknown extension'],
    [['scenarios', 'show', 'nothing'], 'hl scenarios list'],
    [
      ['scenarios', 'check', file('bad.ts', 'export const mine = {name: 1}')],
      'bad.ts is no scenario that can be run:\n         name: ',
    ],
    [['scenarios', 'check', file('bad.json', '{"name": 1}')], '  steps: is missing'],
    [['scenarios', 'check', file('broken.json', '{')], 'is not JSON'],
    [['scenarios', 'check', file('broken.ts', 'export const mine = {')], 'cannot be loaded'],
    [['runs', 'show', 'latest'], 'RUN_UNKNOWN'],
    [['faults', 'inject', 'kill-contaner', '--node', 'pg1'], 'did you mean kill-container'],
    [['status', '--config', 'no-such.json'], 'cannot read the config file'],
    [['status', '--config', file('typo.json', '{"tll": "20s"}')], 'did you mean "ttl"'],
    [['up', '--lab', 'Not A Name'], 'LAB_NAME_INVALID'],
  ])('hl %j', async (words, expected) => {
    const {exitCode, stdout, stderr} = await runHl(words, {cwd, env: nowhere})
    expect(stderr).toContain(expected)
    expect(stderr).toMatch(/^next: /m)
    expect({exitCode, stdout}).toEqual({exitCode: 2, stdout: ''})
  })
})

describe('an engine that does not answer: exit 4, nothing touched', () => {
  test.concurrent.each([
    [['up']],
    [['status']],
    [['down']],
    [['failover', '--scenario', 'primary-crash']],
    [['faults', 'heal', '--all']],
    [['logs', 'pg1']],
    [['psql', 'SELECT 1']],
    [['switchover', '--yes']],
  ])('hl %j', async words => {
    const {exitCode, stderr} = await runHl(words, {cwd, env: nowhere})
    expect(stderr).toContain('DOCKER_UNREACHABLE')
    expect(stderr).toMatch(/^next: .*hl doctor/m)
    expect(exitCode).toBe(4)
  })

  test.concurrent('hl doctor says so among its findings', async () => {
    const {exitCode, stdout} = await runHl(['doctor', '--json'], {cwd, env: nowhere})
    expect(exitCode).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      command: 'doctor',
      result: expect.arrayContaining([expect.objectContaining({id: 'docker-engine', status: 'fail'})]),
    })
  })
})

describe('--json: exactly one document on stdout', () => {
  test.concurrent('a result', async () => {
    const {exitCode, stdout} = await runHl(['scenarios', '--json'], {cwd})
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      schemaVersion: 1,
      command: 'scenarios list',
      result: expect.arrayContaining([expect.objectContaining({name: 'primary-crash'})]),
    })
  })

  test.concurrent.each([
    [['scenarios', 'show', 'nothing'], 'scenarios show', 'SCENARIO_UNKNOWN', 2],
    [['status', '--nonsense'], 'status', 'USAGE', 2],
    [['nonsense'], 'nonsense', 'USAGE', 2],
    [['status'], 'status', 'DOCKER_UNREACHABLE', 4],
  ])('an error of hl %j', async (words, command, code, exitCode) => {
    const finished = await runHl([...words, '--json'], {cwd, env: nowhere})
    expect(JSON.parse(finished.stdout)).toMatchObject({
      ok: false,
      schemaVersion: 1,
      command,
      error: {code, exitCode, runbook: `runbooks/errors/${code}.md`},
    })
    expect(finished).toMatchObject({exitCode, stderr: ''})
  })
})

test.concurrent(
  'hl alone is one page, --help of a command says its flags and its exit codes stay out of stderr',
  async () => {
    const alone = await runHl([], {cwd})
    expect(alone.stdout.split('\n').length).toBeLessThan(40)
    expect(alone.stdout).not.toContain('<%')
    const help = await runHl(['failover', '--help'], {cwd})
    expect(help).toMatchObject({exitCode: 0, stderr: ''})
    expect(help.stdout).toContain('--rto-max')
  },
)

test.concurrent("a scenario of one's own is written, checked and planned, and never written over", async () => {
  const mine = ['./mine.ts', './mine.json'] as const
  for (const path of mine) {
    expect((await runHl(['scenarios', 'init', path], {cwd})).exitCode).toBe(0)
    expect((await runHl(['scenarios', 'check', path], {cwd})).stdout).toContain('ok: ')
    const again = await runHl(['scenarios', 'init', path], {cwd})
    expect(again).toMatchObject({exitCode: 2, stderr: expect.stringContaining('cannot be written') as string})
  }
})

test.concurrent.each([[['--help']], [['-h']], [['help']]])('hl %j says what hl alone says', async words => {
  expect(await runHl(words, {cwd})).toEqual(await runHl([], {cwd}))
})

test.concurrent.each([
  ['scenarios list', ['scenarios']],
  ['scenarios show', ['scenarios', 'show', 'dropped-table']],
  ['runs list', ['runs']],
  ['faults list', ['faults', 'list']],
  ['doctor', ['doctor']],
  ['error', ['status']],
])('%s --json fits its schema in docs/schemas', async (command, words) => {
  const {stdout} = await runHl([...words, '--json'], {cwd, env: nowhere})
  const name = `../../docs/schemas/${command.replaceAll(' ', '-')}.json`
  const schema = JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Readonly<Record<string, unknown>>
  expect(schemaProblems(schema, JSON.parse(stdout))).toEqual([])
})

test.concurrent('a reader of the progress that has gone does not end hl half way', async () => {
  expect((await runHl(['status'], {cwd, env: nowhere, readerGone: true})).exitCode).toBe(4)
})

test.concurrent('completion for bash knows the commands and their flags', async () => {
  const {exitCode, stdout} = await runHl(['completion', 'bash'], {cwd})
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/'failover'.*--scenario/)
})

describe('what a call loads', () => {
  const counter = `import module from 'node:module'
    import {writeFileSync} from 'node:fs'
    const seen = new Set()
    module.registerHooks({load: (url, context, next) => (seen.add(url), next(url, context))})
    process.on('exit', () => writeFileSync(process.env.HL_LOADED, JSON.stringify([...seen])))`
  const root = new URL('../..', import.meta.url).href
  const loads = temporaryFolder('loaded', afterAll)
  const preload = `--import=data:text/javascript,${encodeURIComponent(counter)}`

  /** The files that it loads, from the root of the checkout; the second call, which finds all caches made. */
  async function loadedBy(...words: string[]): Promise<readonly string[]> {
    const seen = join(loads, `${words.join('-')}.json`)
    const env = {...nowhere, NODE_OPTIONS: preload, HL_LOADED: seen}
    await runHl(words, {cwd, env: nowhere})
    await runHl(words, {cwd, env})
    return (JSON.parse(readFileSync(seen, 'utf8')) as string[])
      .filter(url => url.startsWith('file:'))
      .map(url => url.replace(/^.*\/node_modules\//, '').replace(root, ''))
  }

  test.concurrent('hl --version: nothing but its entry', async () => {
    expect(await loadedBy('--version')).toEqual(['bin/hl.js'])
  })

  test.concurrent('hl status: the lab, and nothing of experiments, loads, drivers or other commands', async () => {
    const loaded = await loadedBy('status')
    const packages = ['pg', 'semver', 'listr2', 'execa', 'libpg-query']
    const rooms = ['src/router', 'src/shards', 'src/load', 'src/experiment', 'src/measure', 'scenarios']
    expect(loaded.filter(path => [...packages, ...rooms].some(name => path.startsWith(`${name}/`)))).toEqual([])
    expect(loaded.filter(path => path.startsWith('cli/commands/'))).toEqual(['cli/commands/status.ts'])
    expect(loaded.length).toBeLessThan(220)
  })
})
