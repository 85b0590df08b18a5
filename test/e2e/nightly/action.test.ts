// The GitHub action with the real hl and the images that are there, each step as the runner runs it: a scenario on a
// lab of its own, a test command that measures, and the gate, against itself. Invariant: no timed assertion. Not here:
// what becomes of bad input, and the cache of images (test/integration/action.test.ts).
import {cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {runAction} from '../../integration/action/run-action.ts'
import {ownName} from '../../suite/run-name.ts'
import {temporaryFolder} from '../../temporary-folder.ts'
import {labelled} from '../use-lab.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const lab = ownName('e2e-action')
const own = ownName('e2e-action-own')

/** A person's own test, as far as the action knows: a program that ends with 0. */
const ownTest = `import {PatroniCluster} from ${JSON.stringify(join(root, 'src/testing/index.ts'))}
await using cluster = await new PatroniCluster({nodes: 2}).withName(${JSON.stringify(own)}).start()
await cluster.psql('CREATE TABLE notes (id text PRIMARY KEY)', {as: 'hl_migrations'})
const pool = cluster.router()
const report = await cluster.measure(() => cluster.switchover(), {
  name: 'own',
  rate: 10,
  request: async ({id}) => {
    await pool.query('INSERT INTO notes VALUES ($1) ON CONFLICT DO NOTHING', [id])
    return id
  },
  verify: async () => (await cluster.psql('SELECT id FROM notes')).map(row => row.id),
})
await pool.end()
if (report.writes.lost !== 0) process.exitCode = 1
`

/** A host that cannot carry its load gives no verdict. */
const notFailed: unknown = expect.stringMatching(/pass|unknown/)

test('runs a scenario and a test command, tells what both cost, and leaves nothing', async () => {
  const workspace = temporaryFolder('workspace')
  const programs = temporaryFolder('programs')
  symlinkSync(process.execPath, join(programs, 'node'))
  writeFileSync(join(workspace, 'own.ts'), ownTest)
  const inputs = {
    'scenarios': 'switchover',
    'profile': 'small',
    'flags': `--lab ${lab} --writes 20`,
    'command': 'node own.ts',
    'cache-images': 'false',
  }
  const run = await runAction({action: root, workspace, programs, outside: {}}, inputs)
  expect(run.outputs, run.log).toMatchObject({verdict: notFailed, rpo: '0'})
  expect(Number(run.outputs['rto-p50-ms'])).toBeGreaterThan(0)
  expect(readdirSync(run.results)).toEqual(expect.arrayContaining(['switchover.html', 'switchover.xml', 'own.json']))
  expect(run.summary).toContain('switchover')
  expect(await labelled(lab)).toEqual([])
  expect(await labelled(own)).toEqual([])

  // The same runs as their own baseline.
  const baseline = join(workspace, 'baseline')
  mkdirSync(baseline)
  cpSync(join(run.results, 'switchover.json'), join(baseline, 'switchover.json'))
  expect(existsSync(join(baseline, 'switchover.json'))).toBe(true)
  const again = await runAction(
    {action: root, workspace, programs, outside: {}},
    {...inputs, baseline, 'command': '', 'fail-if': 'lost>0\n'},
  )
  expect(again.outputs['verdict'], again.log).toMatch(/pass|unknown/)
  expect(again.ok).toBe(again.outputs['verdict'] === 'pass')
  expect(again.summary).toContain('### switchover against')
})
