// Runs on a real cluster that must come out as fail: a checker that cannot fail is a bug. Not here: those that must
// pass (failover.test.ts), other controls (nightly/failover-more.test.ts).
import {expect, test} from 'vitest'
import {acknowledgedIds, countedByHand} from '../count-by-hand.ts'
import {expectControlHeld} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('e2e-controls')

test('control-lagging-standby fails, and counts exactly the acknowledged writes that are gone', async () => {
  const result = await expectControlHeld(lab, 'control-lagging-standby')
  const present = await countedByHand(lab, result.run)
  const gone = acknowledgedIds(lab, result).filter(id => !present.has(id))
  expect(gone.length).toBeGreaterThan(0)
  expect(result.writes.lost).toBe(gone.length)
  // What the writer pinned to the primary was promised is gone too.
  const pinned = await countedByHand(lab, result.run, 'pinned')
  const gonePinned = acknowledgedIds(lab, result, 'pinned').filter(id => !pinned.has(id))
  expect(result.rpo?.transactions).toBe(gone.length + gonePinned.length)
})
