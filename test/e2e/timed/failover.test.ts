// Whole runs on a real cluster, through hl as a person runs it. Invariant: no timed assertion beyond the objectives
// that the scenarios carry. All scenarios with repeated trials: bench/failover.ts. Not here: those that must fail
// (failover-controls.test.ts), and those of the night (nightly/failover-more.test.ts).
import {expect, test} from 'vitest'
import type {Report} from '../../../src/model/report.ts'
import {acknowledgedIds, countedByHand, failed} from '../count-by-hand.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'
import {expectNoOrderLost, fastifyShop, whileOrdering} from '../while-ordering.ts'

const lab = useLab('e2e-failover')

test('primary-crash: nothing acknowledged is lost, the parts add up to the RTO, the primary is another; the example shop loses no order', async () => {
  const {
    result: {exitCode, result},
    ...trade
  } = await whileOrdering(await fastifyShop(lab), async () =>
    lab.failover('primary-crash', '--seed', '1', ...lightLoad),
  )
  expect(failed(result.checks)).toEqual([])
  expect({exitCode, verdict: result.verdict}).toEqual({exitCode: 0, verdict: 'pass'})
  expect(result.writes).toMatchObject({lost: 0, duplicated: 0, phantom: 0, resurrected: 0})
  expect(result.rto?.recovered).toBe(true)
  expect(result.rto?.parts.reduce((sum, part) => sum + part.ms, 0)).toBeCloseTo(result.rto?.ms ?? Number.NaN, 3)
  const present = await countedByHand(lab, result.run)
  expect(acknowledgedIds(lab, result).filter(id => !present.has(id))).toEqual([])

  expectNoOrderLost(trade)
  // The failover was met, not missed: somebody waited for it.
  expect(Math.max(...trade.orders.map(({ms}) => ms))).toBeGreaterThan(1_000)
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
