// Breaks one thing. Invariant: a fault's heal is on the undo stack before the fault is injected; t_fault is when the
// effect was seen.
import {hint} from '../../model/command-hint.ts'
import type {Fault} from '../../faults/fault.ts'
import {HlError} from '../../model/errors.ts'
import type {FaultSpec} from '../../model/scenario.ts'
import {awaitUntil, holds, notYet, within, type PollResult} from '../../waiting/await-until.ts'
import {disturb} from '../disturb.ts'
import {resolveTarget} from '../resolve-target.ts'
import {healWithinMs, injectWithinMs} from '../run-deadlines.ts'
import type {World} from '../world.ts'
import {leftMs, type Planning, type StepContext, type StepKindOf} from './step-kind.ts'
import {targetLabel} from './target-label.ts'

/** t_fault is read from these probes, so they look more often than the waits of minutes do. */
const evidenceEveryMs = 50
/** Shorter than a heal's own deadline, so that a heal without effect fails with what was last seen. */
const healSeenWithinMs = healWithinMs * 0.75

export const inject: StepKindOf<'inject'> = {
  label: ({id, fault}, planning) => `inject ${id}: ${faultLabel(fault, planning)}`,
  withinMs: () => injectWithinMs,
  async run({id, fault: spec}, context) {
    const {world, stack, signal} = context
    const {clock, cluster, emit} = world
    const deadline = (what: string) => ({clock, withinMs: leftMs(context), what})
    const state = await within(cluster.state(), deadline('the cluster to say who is who'))
    const targets = resolveTarget(spec.target, state)
    const action = world.fault(spec, targets)
    const obstacle = await within(action.unavailable(), deadline(`${spec.kind} to say whether it can be done`))
    if (obstacle !== null)
      throw new HlError('FAULT_UNAVAILABLE', `${action.describe} cannot be done here: ${obstacle}`, {
        next: [
          hint('doctor', {why: 'checks what faults need'}),
          hint('faults list', {why: 'lists those that this host can do'}),
        ],
      })
    signal.throwIfAborted()

    disturb(context, state.lease.owner ?? state.primary)
    stack.push(id, () => undo(world, id, action))
    emit({kind: 'fault.commanded', atMs: clock.nowMs(), fault: id, describe: action.describe, targets})
    // Ctrl-C does not cut this short: a command half given could land after its heal.
    await within(action.inject(), deadline(action.describe))
    return seeEffect(context, id, action)
  },
}

async function seeEffect(context: StepContext, id: string, action: Fault): Promise<string> {
  const {world, progress, signal} = context
  const {clock, emit} = world
  let sinceMs = clock.nowMs()
  const probe = async (): Promise<PollResult<string>> => {
    sinceMs = clock.nowMs()
    return seenBy(action.injected())
  }
  const evidence = await awaitUntil(probe, {
    clock,
    withinMs: leftMs(context),
    what: `the effect of: ${action.describe}`,
    signal,
    everyMs: evidenceEveryMs,
    tolerant: true,
  })
  const atMs = clock.nowMs()
  progress.disturbance = {...progress.disturbance, verifiedMs: atMs}
  emit({kind: 'fault.verified', atMs, fault: id, sinceMs, evidence})
  return evidence
}

async function undo({clock, emit}: World, id: string, action: Fault): Promise<void> {
  emit({kind: 'heal.commanded', atMs: clock.nowMs(), fault: id})
  await action.heal()
  const evidence = await awaitUntil(() => seenBy(action.healed()), {
    clock,
    withinMs: healSeenWithinMs,
    everyMs: evidenceEveryMs,
    tolerant: true,
    what: `the end of: ${action.describe}`,
  })
  emit({kind: 'heal.verified', atMs: clock.nowMs(), fault: id, evidence})
}

async function seenBy(probe: Promise<string | null>): Promise<PollResult<string>> {
  const evidence = await probe
  return evidence === null ? notYet('no sign of it') : holds(evidence)
}

function faultLabel(fault: FaultSpec, planning: Planning): string {
  const target = targetLabel(fault.target, planning)
  if (fault.kind !== 'partition') return `${fault.kind} ${target}`
  const direction = fault.direction === 'both' ? '' : ` (${fault.direction} only)`
  return `partition ${target} from ${fault.from.join(', ')}${direction}`
}
