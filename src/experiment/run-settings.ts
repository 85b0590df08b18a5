// Brings the cluster to the settings of a plan and remembers how to bring it back. Invariant: the way back is pushed
// before the change.
// Not here: how Patroni is asked (src/lab).
import {isDeepStrictEqual} from 'node:util'
import type {Plan} from '../model/plan.ts'
import {healthProblems} from '../model/topology.ts'
import {awaitUntil, within} from '../waiting/await-until.ts'
import type {UndoStack} from './undo-stack.ts'
import type {World} from './world.ts'

/**
 * Resolves with the primary's name once the cluster is healthy under the plan's settings: the gate before every run.
 * `leftMs`: what is left of the time for it.
 * Throws HlError.
 */
export async function settle(plan: Plan, world: World, stack: UndoStack, leftMs: () => number): Promise<string | null> {
  const {clock, cluster, signal} = world
  const before = await within(cluster.settings(), {
    clock,
    withinMs: leftMs(),
    signal,
    what: "the cluster's settings",
  })
  if (!isDeepStrictEqual(before, plan.settings)) {
    stack.push('settings', () => cluster.applySettings(before))
    await within(cluster.applySettings(plan.settings), {
      clock,
      withinMs: leftMs(),
      what: "the scenario's settings to take effect",
    })
  }
  return awaitUntil(
    async () => {
      const state = await cluster.state()
      const problems = healthProblems(state, plan.settings)
      return problems.length === 0 ? {holds: true, value: state.primary} : {holds: false, seen: problems.join('; ')}
    },
    {clock, signal, withinMs: leftMs(), what: 'a healthy cluster before the run', tolerant: true},
  )
}
