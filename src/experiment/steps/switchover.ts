// A planned change of primary. No fault events: the step itself is the moment, since a switchover has no effect to wait
// for before it is over.
import {HlError} from '../../model/errors.ts'
import {within} from '../../waiting/await-until.ts'
import {disturb} from '../disturb.ts'
import {resolveTarget} from '../resolve-target.ts'
import {leftMs, type StepKindOf} from './step-kind.ts'
import {targetLabel} from './target-label.ts'

const switchoverWithinMs = 60_000

export const switchover: StepKindOf<'switchover'> = {
  label: ({to}, planning) =>
    `switch over to ${to === undefined ? 'the standby that Patroni chooses' : targetLabel(to, planning)}`,
  withinMs: () => switchoverWithinMs,
  async run({to}, context) {
    const {world, progress} = context
    const {clock} = world
    const {cluster} = progress.restored ?? world
    const deadline = (what: string) => ({clock, withinMs: leftMs(context), what})
    const state = await within(cluster.state(), deadline('the cluster to say who is who'))
    const [from] = resolveTarget({select: 'primary'}, state)
    const candidate = to === undefined ? null : resolveTarget(to, state)[0]
    if (from === undefined || candidate === undefined)
      throw new HlError('BUG', 'a target was resolved to nobody', {next: ['report this with the scenario you ran']})
    disturb(context, from)
    const towards = candidate === null ? '' : ` to ${candidate}`
    // Patroni was asked: it goes through with it, whoever pressed Ctrl-C.
    await within(cluster.switchover(from, candidate), deadline(`the switchover from ${from}${towards}`))
    progress.disturbance = {ownerBefore: from, verifiedMs: clock.nowMs()}
    return `${from} handed over${towards}`
  },
}
