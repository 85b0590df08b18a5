// What `npm pack` makes works where there are no sources: the command runs from the build, the router loads by its
// public name (what it loads: architecture.test.ts).
import {execFile} from 'node:child_process'
import {existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {temporaryFolder} from '../temporary-folder.ts'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = temporaryFolder('package', afterAll)
const installed = join(folder, 'package')

beforeAll(async () => {
  await execute('npm', ['pack', '--pack-destination', folder], {cwd: root})
  const archive = readdirSync(folder).find(name => name.endsWith('.tgz')) ?? 'none'
  await execute('tar', ['-xzf', archive], {cwd: folder})
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'))
})

/** What the compiler says of a file that uses the package. */
async function compiled(file: string, words: readonly string[] = []): Promise<{readonly stdout: string}> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const argv = [tsc, '--noEmit', '--skipLibCheck', '--types', 'node', '--module', 'nodenext', ...words, file]
  return execute(process.execPath, argv, {cwd: installed}).catch((error: unknown) => error as {readonly stdout: string})
}

test('it holds the build, the compose files and the runbooks, and no sources or tests', () => {
  for (const path of [
    'bin/hl.js',
    'dist/cli/run.js',
    // Without it every call loads every command.
    'oclif.manifest.json',
    'dist/src/router/index.js',
    'dist/src/router/index.d.ts',
    'dist/src/testing/index.js',
    'dist/src/testing/index.d.ts',
    'compose/patroni-3/compose.yaml',
    'compose/images/postgres/dcs.json',
    'compose/images/postgres/dcs-moves.json',
    'migrations/hl',
    'scripts/setup.sh',
    'action.yml',
    'scripts/action/run.sh',
    'runbooks/errors/LAB_BUSY.md',
  ])
    expect(existsSync(join(installed, path)), path).toBe(true)
  expect(existsSync(join(installed, 'cli'))).toBe(false)
  expect(
    readdirSync(join(installed, 'dist'), {recursive: true}).filter(name => String(name).includes('.test.')),
  ).toEqual([])
})

test('hl runs from the build', async () => {
  const {stdout} = await execute(
    process.execPath,
    [join(installed, 'bin/hl.js'), 'scenarios', 'show', 'primary-crash', '--json'],
    {cwd: folder},
  )
  expect(JSON.parse(stdout)).toMatchObject({ok: true, result: {name: 'primary-crash'}})
})

test('the router entry loads by its name', async () => {
  const script = "import {Router} from 'pg-highload-lab/router'; console.log(typeof Router)"
  const {stdout} = await execute(process.execPath, ['--input-type=module', '-e', script], {cwd: installed})
  expect(stdout.trim()).toBe('function')
})

test('the entry for tests loads by its name, by import and by require, and is typed', async () => {
  const says = (word: string): string =>
    `console.log(typeof PatroniCluster, typeof matchers.toHaveLostNothing) // ${word}`
  const imported = `import {matchers, PatroniCluster} from 'pg-highload-lab/testing'; ${says('import')}`
  const required = `const {matchers, PatroniCluster} = require('pg-highload-lab/testing'); ${says('require')}`
  for (const words of [
    ['--input-type=module', '-e', imported],
    ['--input-type=commonjs', '-e', required],
  ])
    expect((await execute(process.execPath, words, {cwd: installed})).stdout.trim()).toBe('function function')
  const typed = `import {PatroniCluster} from 'pg-highload-lab/testing'
await using cluster = await new PatroniCluster({nodes: 2, synchronousMode: 'on'}).withMigrations('./m').start()
const report = await cluster.measure(() => cluster.inject('kill-container', {target: 'primary'}), {request: ({id}) => id})
const lost: number | 'unknown' = report.writes.lost
export {lost}
`
  writeFileSync(join(installed, 'mine.test.mts'), typed)
  writeFileSync(join(installed, 'wrong.test.mts'), typed.replace("synchronousMode: 'on'", "synchronousMode: 'maybe'"))
  const lib = ['--target', 'es2024', '--lib', 'es2024,esnext.disposable,dom']
  expect((await compiled('mine.test.mts', lib)).stdout).toBe('')
  expect((await compiled('wrong.test.mts', lib)).stdout).toMatch(/wrong\.test\.mts.*'"maybe"'/)
})

test('a scenario of your own is typed', async () => {
  const hl = (...argv: readonly string[]): Promise<unknown> =>
    execute(process.execPath, [join(installed, 'bin/hl.js'), ...argv], {cwd: installed})
  await hl('scenarios', 'init', './mine.ts')
  await hl('scenarios', 'check', './mine.ts')
  expect((await compiled('mine.ts')).stdout).toBe('')
  const text = readFileSync(join(installed, 'mine.ts'), 'utf8')
  writeFileSync(join(installed, 'wrong.ts'), text.replace('"select": "primary"', '"select": "primry"'))
  expect((await compiled('wrong.ts')).stdout).toMatch(/wrong\.ts.*"primry"/)
})
