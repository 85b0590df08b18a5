// What a failover scenario must show beyond its exit code, where it passes and where it must fail. For tests only.
import {expect} from 'vitest'
import {failed} from './count-by-hand.ts'
import {scenarios, type FailoverName} from '../../scenarios/index.ts'
import type {Report} from '../../src/model/report.ts'
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

/** A control: it comes out as fail, by the checks that it is for. */
export async function expectControlHeld(
  lab: TestLab,
  name: 'control-lagging-standby' | 'control-split-brain',
): Promise<Report> {
  const {exitCode, result} = await lab.failover(name, ...lightLoad)
  expect({exitCode, verdict: result.verdict, held: result.controlHeld}).toEqual({
    exitCode: 1,
    verdict: 'fail',
    held: true,
  })
  expect(failed(result.checks)).toEqual(expect.arrayContaining([...scenarios[name].expect.checks]))
  return result
}
