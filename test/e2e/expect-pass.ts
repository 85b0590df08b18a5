// What a failover scenario that passes must show, beyond its exit code. For tests only.
import {expect} from 'vitest'
import {failed} from './count-by-hand.ts'
import type {FailoverName} from '../../scenarios/index.ts'
import type {TestLab} from './use-lab.ts'

/**
 * Half of the default load: what a run costs the host is no claim of these tests, and a host that cannot carry it makes
 * a run unknown.
 */
export const lightLoad = ['--writes', '50'] as const

export async function expectPass(lab: TestLab, name: FailoverName): Promise<void> {
  const {exitCode, result} = await lab.failover(name, ...lightLoad)
  expect(failed(result.checks), result.run).toEqual([])
  expect(
    result.objectives.filter(objective => !objective.met),
    result.run,
  ).toEqual([])
  expect({exitCode, verdict: result.verdict}).toEqual({exitCode: 0, verdict: 'pass'})
}
