// Whole runs on a real cluster, through hl as a person runs it. Invariant: no timed assertion beyond the objectives
// that the scenarios carry. All scenarios with repeated trials: bench/failover.ts.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {scenarios} from '../../scenarios/index.ts'
import type {Check} from '../../src/model/verdict.ts'
import type {Report} from '../../src/model/report.ts'
import {whileOrdering} from './while-ordering.ts'
import {useLab} from './use-lab.ts'

const lab = useLab('e2e-failover')

const failed = (checks: readonly Check[]): readonly string[] =>
  checks.filter(check => check.verdict === 'fail').map(check => check.name)

/** Ids of the clients' writes that are in the database, by SQL of the test's own. */
async function countedByHand(run: string): Promise<ReadonlySet<number>> {
  const {result} = await lab.json<{readonly output: string}>(
    'psql',
    `COPY (SELECT op_id FROM hl.ledger WHERE run = '${run}' UNION ALL SELECT op_id FROM hl.transfers WHERE run = '${run}') TO STDOUT`,
  )
  return new Set(
    result.output
      .split('\n')
      .filter(line => /^\d+$/.test(line))
      .map(Number),
  )
}

function acknowledgedIds(report: Report): readonly number[] {
  const history = readFileSync(join(lab.cwd, report.files['history'] ?? ''), 'utf8')
  return history
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as {readonly id: number; readonly kind: string; readonly outcome: string})
    .filter(op => (op.kind === 'append' || op.kind === 'transfer') && op.outcome.startsWith('ok'))
    .map(op => op.id)
}

test('primary-crash: nothing acknowledged is lost, the parts add up to the RTO, the primary is another; the example shop loses no order', async () => {
  const {
    result: {exitCode, result},
    orders,
    inDatabase,
  } = await whileOrdering(lab, async () => lab.failover('primary-crash', '--seed', '1'))
  expect(failed(result.checks)).toEqual([])
  expect({exitCode, verdict: result.verdict}).toEqual({exitCode: 0, verdict: 'pass'})
  expect(result.writes).toMatchObject({lost: 0, duplicated: 0, phantom: 0, resurrected: 0})
  expect(result.rto?.recovered).toBe(true)
  expect(result.rto?.parts.reduce((sum, part) => sum + part.ms, 0)).toBeCloseTo(result.rto?.ms ?? Number.NaN, 3)
  const present = await countedByHand(result.run)
  expect(acknowledgedIds(result).filter(id => !present.has(id))).toEqual([])

  // Every request was answered, also the second click; all answers to one key name the same order, and its customer saw
  // it at once.
  const wrong = orders.filter(
    ({answers, seen}) => new Set([...answers, seen]).size !== 1 || !/^[\da-f-]{36}$/.test(seen ?? ''),
  )
  expect(wrong).toEqual([])
  expect(inDatabase).toEqual(orders.map(({key, seen}) => `${key} ${seen}`))
  // The failover was met, not missed: somebody waited for it.
  expect(orders.length).toBeGreaterThan(50)
  expect(Math.max(...orders.map(({ms}) => ms))).toBeGreaterThan(1_000)
})

test('hl runs check judges the stored run as it was judged then', async () => {
  const shown = await lab.json<Report>('runs', 'show', 'latest')
  const checked = await lab.json<Report>('runs', 'check', 'latest')
  expect(checked.result).toMatchObject({
    verdict: shown.result.verdict,
    rto: shown.result.rto,
    rpo: shown.result.rpo,
    writes: shown.result.writes,
    checks: shown.result.checks,
  })
})

test.each(['switchover', 'primary-pause', 'primary-cut-from-dcs', 'short-fault', 'dcs-quorum-loss'] as const)(
  '%s passes',
  async name => {
    const {exitCode, result} = await lab.failover(name)
    expect(failed(result.checks), result.run).toEqual([])
    expect(
      result.objectives.filter(objective => !objective.met),
      result.run,
    ).toEqual([])
    expect({exitCode, verdict: result.verdict}).toEqual({exitCode: 0, verdict: 'pass'})
  },
)

test('control-lagging-standby fails, and counts exactly the acknowledged writes that are gone', async () => {
  const {exitCode, result} = await lab.failover('control-lagging-standby')
  expect({exitCode, verdict: result.verdict, held: result.controlHeld}).toEqual({
    exitCode: 1,
    verdict: 'fail',
    held: true,
  })
  expect(failed(result.checks)).toEqual(expect.arrayContaining([...scenarios['control-lagging-standby'].expect.checks]))
  const present = await countedByHand(result.run)
  const gone = acknowledgedIds(result).filter(id => !present.has(id))
  expect(gone.length).toBeGreaterThan(0)
  expect(result.writes.lost).toBe(gone.length)
  expect(result.rpo?.transactions).toBe(gone.length)
})

test('control-split-brain fails by the pinned writers', async () => {
  const {exitCode, result} = await lab.failover('control-split-brain')
  expect({exitCode, verdict: result.verdict, held: result.controlHeld}).toEqual({
    exitCode: 1,
    verdict: 'fail',
    held: true,
  })
  expect(failed(result.checks)).toEqual(expect.arrayContaining([...scenarios['control-split-brain'].expect.checks]))
  expect(result.splitBrain.acknowledgedMs).toBeGreaterThan(0)
})

test('a limit that is missed fails the run', async () => {
  const {exitCode, result} = await lab.failover('switchover', '--rto-max', '1ms')
  expect(result.objectives).toContainEqual(expect.objectContaining({name: 'rtoMsMax', met: false}))
  expect(exitCode).toBe(1)
})
