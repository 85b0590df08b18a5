// Waits until the cluster or the load is in the state that the scenario names.
import {formatMs} from '../../model/time.ts'
import {awaitUntil} from '../../waiting/await-until.ts'
import {look, type Probes} from '../conditions.ts'
import {leftMs, type StepContext, type StepKindOf} from './step-kind.ts'

export const awaitStep: StepKindOf<'await'> = {
  label: ({until, withinMs}) => `await ${until} within ${formatMs(withinMs)}`,
  withinMs: ({withinMs}) => withinMs,
  async run(step, context) {
    const {world, redundancy, progress, signal} = context
    const probes = probesOf(context)
    const seen = await awaitUntil(
      async () => {
        if (step.until !== 'healthy') await redundancy.see().catch(() => undefined)
        return look(step.until, probes, progress.disturbance)
      },
      {
        clock: world.clock,
        signal,
        withinMs: Math.min(step.withinMs, leftMs(context)),
        what: step.until,
        tolerant: true,
      },
    )
    // The condition was met; a second look that fails must not undo that.
    if (step.until === 'healthy') await redundancy.see().catch(() => undefined)
    return seen
  },
}

/** After a restore it is the restored cluster that is waited for. */
function probesOf({world, plan, progress, redundancy}: StepContext): Probes {
  const {cluster, load} = progress.restored ?? world
  return {
    cluster,
    load,
    clock: world.clock,
    deadlineMs: plan.load.deadlineMs,
    health: state => redundancy.problemsOf(state),
  }
}
