// The GitHub action, each step run as the runner runs it; hl itself is the real one but for scenarios and drills, which
// need Docker, and docker is a program that writes down what it was asked. Not here: what the runner's own actions do
// (cache, upload): they are told what they were given.
import {chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {Report} from '../../src/model/report.ts'
import {passReport, trialsReport} from '../golden/fixtures.ts'
import {temporaryFolder} from '../temporary-folder.ts'
import {readAction, runAction, type ActionRun} from './action/run-action.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const programs = temporaryFolder('programs', afterAll)
const hl = join(programs, 'stand-in-hl')

interface Answer {
  readonly exitCode: number
  readonly report: Report | null
}

const asRun = (report: Report, run: string): Report => ({
  ...report,
  run,
  checks: [...report.checks, {name: 'lost-writes', verdict: 'pass', detail: 'none'}],
})
const passed = asRun(passReport, '0101-000000-aa')
const series: Report = {...asRun(trialsReport, '0102-000000-aa'), verdict: 'pass'}
const good: Answer = {exitCode: 0, report: passed}
const failed: Answer = {exitCode: 1, report: {...passed, run: '0103-000000-bb', verdict: 'fail'}}

beforeAll(() => {
  copyFileSync(fileURLToPath(new URL('action/stand-in-hl.js', import.meta.url)), hl)
  writeFileSync(join(programs, 'package.json'), '{"type": "module"}')
  writeFileSync(
    join(programs, 'docker'),
    '#!/bin/sh\necho "$@" >> "$DOCKER_CALLS"\ncase $1 in save) : > "$3" ;; esac\n',
  )
  for (const name of ['stand-in-hl', 'docker']) chmodSync(join(programs, name), 0o755)
})

interface Used {
  readonly run: ActionRun
  /** What hl was called with. */
  readonly calls: readonly (readonly string[])[]
  readonly docker: string
  readonly workspace: string
}

async function use(inputs: Readonly<Record<string, string>>, answers: Readonly<Record<string, Answer>>): Promise<Used> {
  const workspace = temporaryFolder('workspace')
  const standIn = join(workspace, 'answers.json')
  writeFileSync(standIn, JSON.stringify(answers))
  // The images' scripts are those of the package, with nothing to build.
  const own = join(workspace, 'node_modules/pg-highload-lab')
  mkdirSync(join(own, 'bin'), {recursive: true})
  mkdirSync(join(own, 'scripts'))
  for (const name of ['images-hash.sh', 'setup.sh'])
    writeFileSync(join(own, 'scripts', name), name === 'setup.sh' ? 'echo "set up $*"\n' : 'echo abc123\n')
  const docker = join(workspace, 'docker-calls')
  writeFileSync(docker, '')
  const outside = {STAND_IN: standIn, STAND_IN_HL: join(root, 'bin/hl.js'), DOCKER_CALLS: docker}
  const run = await runAction({action: root, workspace, programs, outside}, {hl, ...inputs})
  const calls = existsSync(`${standIn}.calls`) ? readFileSync(`${standIn}.calls`, 'utf8').trim().split('\n') : []
  return {
    run,
    calls: calls.map(line => JSON.parse(line) as readonly string[]),
    docker: readFileSync(docker, 'utf8'),
    workspace,
  }
}

const medianOf = ({trials}: Report): number | undefined => trials?.rtoMs?.p50 ?? undefined

describe('the action', () => {
  it('runs scenarios and drills, tells figures, and shows each report in the summary', async () => {
    const {run, calls, docker} = await use(
      {
        'scenarios': 'primary-crash\nno-fault',
        'drills': 'dropped-table',
        'repeat': '3',
        'rto-max': '30s',
        'flags': '--writes 20',
      },
      {'primary-crash': {...good, report: series}, 'no-fault': good, 'dropped-table': good},
    )
    expect(run.log).not.toContain('error')
    expect(run.outputs).toMatchObject({'verdict': 'pass', 'rto-p50-ms': String(medianOf(series)), 'rpo': '0'})
    expect(run.ok).toBe(true)
    expect(calls.map(words => words.slice(0, 4))).toEqual([
      ['failover', 'primary-crash', '--repeat', '3'],
      ['failover', 'no-fault', '--repeat', '3'],
      ['drill', 'dropped-table', '--repeat', '3'],
    ])
    expect(calls[0]?.join(' ')).toMatch(/--rto-max 30s --writes 20$/)
    expect(calls[2]).not.toContain('--writes')
    expect(run.summary).toBe('primary-crash: pass\nno-fault: pass\ndropped-table: pass\n')
    for (const file of ['primary-crash.json', 'primary-crash.html', 'dropped-table.xml'])
      expect(existsSync(join(run.results, file)), file).toBe(true)
    expect(run.steps['cache']).toMatchObject({key: 'hl-images-Linux-X64-abc123'})
    expect(run.steps['upload']).toMatchObject({name: 'hl-runs', path: run.results})
    expect(run.log).toContain('set up --only docker --only base --only compose --only images')
    expect(docker).toContain('save --output')
  })

  it('is red when one of them failed, after the others were run too', async () => {
    const answers = {'primary-crash': failed, 'no-fault': good}
    const {run, calls} = await use({scenarios: 'primary-crash no-fault'}, answers)
    expect(calls).toHaveLength(2)
    expect([run.outputs['verdict'], run.ok, run.steps['verdict']]).toEqual(['fail', false, 'failed'])
    expect(run.steps['upload']).toMatchObject({name: 'hl-runs'})
  })

  it('calls what could not be run unknown, shows why, and is red', async () => {
    const {run} = await use({scenarios: 'primary-crash'}, {'primary-crash': {exitCode: 4, report: null}})
    expect([run.outputs['verdict'], run.ok]).toEqual(['unknown', false])
    expect(run.outputs).toMatchObject({'rto-p50-ms': '', 'rpo': ''})
    expect(run.summary).toContain('exit code 4')
    expect(run.summary).toContain('error: no lab')
  })

  it('with nothing to run is red, and says what is missing', async () => {
    const {run} = await use({}, {})
    expect(run.ok).toBe(false)
    expect(run.log).toContain('none of the inputs scenarios, drills and command')
    expect(run.outputs['verdict']).toBe('')
  })
})

describe('its gate', () => {
  const baseline = (report: Report): string => {
    const folder = temporaryFolder('baseline')
    writeFileSync(join(folder, 'primary-crash.json'), JSON.stringify(report))
    return folder
  }
  const slower = (times: number): Report => ({
    ...passed,
    rto: passed.rto === null ? null : {...passed.rto, ms: (passed.rto.ms ?? 0) / times},
  })

  it.each([
    ['as good', slower(1), 'pass'],
    ['twice as slow', slower(2), 'fail'],
  ] as const)('of a run that is %s as its baseline', async (_what, before, verdict) => {
    const {run} = await use({scenarios: 'primary-crash', baseline: baseline(before)}, {'primary-crash': good})
    expect([run.outputs['verdict'], run.ok]).toEqual([verdict, verdict === 'pass'])
    expect(run.summary).toContain('### primary-crash against')
    expect(run.summary).toContain(`${verdict}  rto.p50>1.5x`)
  })

  it('takes conditions of the job', async () => {
    const given = {'scenarios': 'primary-crash', 'baseline': baseline(slower(1)), 'fail-if': 'rto.p50>1s\n'}
    const {run} = await use(given, {'primary-crash': good})
    expect(run.outputs['verdict']).toBe('fail')
  })

  it('without a baseline for a run is unknown', async () => {
    const {run} = await use({scenarios: 'no-fault', baseline: baseline(slower(1))}, {'no-fault': good})
    expect([run.outputs['verdict'], run.ok]).toEqual(['unknown', false])
    expect(run.log).toContain('there is no baseline')
  })
})

describe('a test command', () => {
  const measured = {...passed, run: '0103-000000-cc', through: 'service', scenario: 'orders of a shop'}
  const keeps = (exitCode: number): string =>
    `mkdir -p "$HL_RUNS/0103-000000-cc" && cd "$HL_RUNS/0103-000000-cc" && cp "$STAND_IN_REPORT" report.json && ` +
    `for f in report.md report.html junit.xml; do echo "$HL_KEEP" > $f; done; exit ${exitCode}`

  it.each([
    [0, 'pass'],
    [1, 'fail'],
  ])('that ends with %i is a %s, and what it measured is told', async (exitCode, verdict) => {
    const report = join(temporaryFolder('measured'), 'report.json')
    writeFileSync(report, JSON.stringify(measured))
    const {run} = await use({command: keeps(exitCode).replace('$STAND_IN_REPORT', report)}, {})
    expect(run.outputs).toMatchObject({verdict, 'rto-p50-ms': String(measured.rto?.ms), 'rpo': '0'})
    expect(run.summary).toContain(`exit code ${exitCode}`)
    // Good ones are kept too.
    expect(run.summary).toContain('always')
    expect(existsSync(join(run.results, 'orders_of_a_shop.html'))).toBe(true)
  })
})

it('says of each input and output what it is, and the workflow passes all on', () => {
  const {inputs, outputs} = readAction(root) as unknown as Record<string, Record<string, {description?: string}>>
  for (const [name, {description = ''}] of Object.entries({...inputs, ...outputs}))
    expect(description, name).not.toBe('')
  const workflow = readFileSync(join(root, '.github/workflows/chaos.yml'), 'utf8')
  for (const name of Object.keys(inputs ?? {}).filter(each => !['hl', 'cache-images'].includes(each)))
    expect(workflow, name).toContain(`          ${name}: \${{ inputs.${name} }}`)
})
