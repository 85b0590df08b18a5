// Failovers that do not fit into the suite's time: those that must pass, and those that must come out as fail.
import {expect, test} from 'vitest'
import {scenarios} from '../../../scenarios/index.ts'
import {failed} from '../count-by-hand.ts'
import {expectPass, lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('e2e-failover-more')

test.each(['switchover', 'primary-cut-from-dcs', 'short-fault', 'primary-pause', 'dcs-quorum-loss'] as const)(
  '%s passes',
  async name => expectPass(lab, name),
)

test('control-split-brain fails by the pinned writers', async () => {
  const {exitCode, result} = await lab.failover('control-split-brain', ...lightLoad)
  expect({exitCode, verdict: result.verdict, held: result.controlHeld}).toEqual({
    exitCode: 1,
    verdict: 'fail',
    held: true,
  })
  expect(failed(result.checks)).toEqual(expect.arrayContaining([...scenarios['control-split-brain'].expect.checks]))
  expect(result.splitBrain.acknowledgedMs).toBeGreaterThan(0)
})

test('a limit that is missed fails the run', async () => {
  const {exitCode, result} = await lab.failover('switchover', '--rto-max', '1ms', ...lightLoad)
  expect(result.objectives).toContainEqual(expect.objectContaining({name: 'rtoMsMax', met: false}))
  expect(exitCode).toBe(1)
})
