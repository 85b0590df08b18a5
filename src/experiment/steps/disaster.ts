// A fault that cannot be healed. Invariant: what is told as its moment is when it was commanded and when it took
// effect, never when it was prepared.
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Disaster} from '../../model/scenario.ts'
import {within} from '../../waiting/await-until.ts'
import {describeDisaster, causeDisaster} from './disasters.ts'
import {leftMs, type StepContext, type StepKindOf} from './step-kind.ts'

const disasterWithinMs = 300_000

export const disaster: StepKindOf<'disaster'> = {
  label: step => describeDisaster(step.disaster),
  withinMs: () => disasterWithinMs,
  async run(step, context) {
    const {world, progress} = context
    const {clock, cluster, emit} = world
    const describe = describeDisaster(step.disaster)
    const {primary} = await within(cluster.state(), {
      clock,
      withinMs: leftMs(context),
      what: 'the cluster to say who is who',
    })
    if (primary === null) throw new HlError('LAB_UNHEALTHY', 'there is no primary to hit', {next: [hint('status')]})
    const member = hitsOne(step.disaster) ? primary : null
    await causeDisaster(step.disaster, primary, context, {
      commanded: () => {
        const atMs = clock.nowMs()
        begin(context, step.disaster)
        progress.hit = {disaster: step.disaster, member, commandedMs: atMs, doneMs: null}
        emit({kind: 'disaster.commanded', atMs, describe, targets: member === null ? [] : [member]})
      },
      done: atLsn => {
        const atMs = clock.nowMs()
        if (progress.hit !== null) progress.hit = {...progress.hit, doneMs: atMs}
        emit({kind: 'disaster.done', atMs, atLsn})
      },
    })
    return describe
  },
}

function hitsOne({kind}: Disaster): boolean {
  return kind === 'lose-primary-volume' || kind === 'corrupt-page'
}

function begin({progress, redundancy}: StepContext, {kind}: Disaster): void {
  if (kind !== 'lose-primary-volume' && kind !== 'lose-cluster' && kind !== 'lose-shard') return
  progress.degraded = true
  redundancy.lost()
}
