// Failovers that do not fit into the suite's time: those that must pass, and those that must come out as fail.
import {expect, test} from 'vitest'
import {expectControlHeld, expectPass, lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('e2e-failover-more')

test.each(['switchover', 'primary-cut-from-dcs', 'short-fault', 'primary-pause', 'dcs-quorum-loss'] as const)(
  '%s passes',
  async name => expectPass(lab, name),
)

test('control-split-brain fails by the pinned writers', async () => {
  const result = await expectControlHeld(lab, 'control-split-brain')
  expect(result.splitBrain.acknowledgedMs).toBeGreaterThan(0)
})

test('a limit that is missed fails the run', async () => {
  const {exitCode, result} = await lab.failover('switchover', '--rto-max', '1ms', ...lightLoad)
  expect(result.objectives).toContainEqual(expect.objectContaining({name: 'rtoMsMax', met: false}))
  expect(exitCode).toBe(1)
})
