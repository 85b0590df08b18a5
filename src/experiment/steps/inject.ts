// Breaks one thing. Invariant: a fault's heal is on the undo stack before the fault is injected; t_fault is when the
// effect was seen.
import type {Fault} from '../../faults/fault.ts'
import {healFault, injectFault} from '../../faults/inject-fault.ts'
import type {FaultSpec} from '../../model/scenario.ts'
import {within} from '../../waiting/await-until.ts'
import {disturb} from '../disturb.ts'
import {resolveTarget} from '../resolve-target.ts'
import {healWithinMs, injectWithinMs} from '../run-deadlines.ts'
import type {World} from '../world.ts'
import {leftMs, type Planning, type StepKindOf} from './step-kind.ts'
import {targetLabel} from './target-label.ts'

/** Shorter than a heal's own deadline, so that a heal without effect fails with what was last seen. */
const healSeenWithinMs = healWithinMs * 0.75

export const inject: StepKindOf<'inject'> = {
  label: ({id, fault}, planning) => `inject ${id}: ${faultLabel(fault, planning)}`,
  withinMs: () => injectWithinMs,
  async run({id, fault: spec}, context) {
    const {world, stack, progress, signal} = context
    const {clock, cluster, emit} = world
    const state = await within(cluster.state(), {
      clock,
      withinMs: leftMs(context),
      what: 'the cluster to say who is who',
    })
    const targets = resolveTarget(spec.target, state)
    const fault = world.fault(spec, targets)
    const {evidence} = await injectFault(fault, {
      clock,
      withinMs: leftMs(context),
      signal,
      onCommanded: atMs => {
        disturb(context, state.lease.owner ?? state.primary)
        stack.push(id, () => undo(world, id, fault))
        emit({kind: 'fault.commanded', atMs, fault: id, describe: fault.describe, targets})
      },
      onVerified: ({atMs, sinceMs, evidence: seen}) => {
        progress.disturbance = {...progress.disturbance, verifiedMs: atMs}
        emit({kind: 'fault.verified', atMs, fault: id, sinceMs, evidence: seen})
      },
    })
    return evidence
  },
}

async function undo({clock, emit}: World, id: string, fault: Fault): Promise<void> {
  await healFault(fault, {
    clock,
    withinMs: healSeenWithinMs,
    onCommanded: atMs => emit({kind: 'heal.commanded', atMs, fault: id}),
    onVerified: ({atMs, evidence}) => emit({kind: 'heal.verified', atMs, fault: id, evidence}),
  })
}

function faultLabel(fault: FaultSpec, planning: Planning): string {
  const target = targetLabel(fault.target, planning)
  if (fault.kind !== 'partition') return `${fault.kind} ${target}`
  const direction = fault.direction === 'both' ? '' : ` (${fault.direction} only)`
  return `partition ${target} from ${fault.from.join(', ')}${direction}`
}
