// Carries out one step of a plan. Invariant: a fault's heal is on the undo stack before the fault is injected; t_fault
// is when the effect was seen.
// Not here: the order of steps and what happens when one fails (run.ts).
import type {Fault} from '../faults/fault.ts'
import {HlError, unreachable} from '../model/errors.ts'
import type {Plan, PlannedStep} from '../model/plan.ts'
import type {FaultSpec, Step, Target} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {healthProblems} from '../model/topology.ts'
import {awaitUntil, within} from '../waiting/await-until.ts'
import type {PollResult} from '../waiting/await-until.ts'
import {look} from './conditions.ts'
import type {Disturbance, Probes} from './conditions.ts'
import {healWithinMs} from './plan-run.ts'
import {Redundancy} from './redundancy.ts'
import {resolveTarget} from './resolve-target.ts'
import {UndoStack} from './undo-stack.ts'
import type {World} from './world.ts'

/** t_fault is read from these probes, so they look more often than the waits of minutes do. */
const evidenceEveryMs = 50
/** Shorter than a heal's own deadline, so that a heal without effect fails with what was last seen. */
const healSeenWithinMs = healWithinMs * 0.75

export class StepRunner {
  readonly stack: UndoStack
  readonly redundancy: Redundancy
  readonly #world: World
  readonly #probes: Probes
  #disturbance: Disturbance = {ownerBefore: null, verifiedMs: null}

  constructor(plan: Plan, world: World) {
    this.#world = world
    this.stack = new UndoStack(world.clock)
    this.redundancy = new Redundancy(plan.settings, world, this.stack)
    this.#probes = {
      cluster: world.cluster,
      load: world.load,
      clock: world.clock,
      deadlineMs: plan.load.deadlineMs,
      health: state => healthProblems(state, plan.settings),
    }
  }

  /** Resolves with one sentence on what came of it; rejects with HlError, or with the signal's reason. */
  run({step, withinMs}: PlannedStep): Promise<string> {
    switch (step.kind) {
      case 'hold':
        return this.#hold(step.forMs)
      case 'inject':
        return this.#inject(step.id, step.fault, withinMs)
      case 'heal':
        return this.#heal(step)
      case 'await':
        return this.#await(step)
      case 'switchover':
        return this.#switchover(step.to, withinMs)
      default:
        return unreachable(step)
    }
  }

  async #hold(forMs: number): Promise<string> {
    const {clock, signal} = this.#world
    const untilMs = clock.nowMs() + forMs
    await this.redundancy.watchUntil(untilMs)
    await clock.wait(Math.max(0, untilMs - clock.nowMs()), signal)
    return `held ${formatMs(forMs)}`
  }

  async #await(step: Extract<Step, {readonly kind: 'await'}>): Promise<string> {
    const {clock, signal} = this.#world
    const seen = await awaitUntil(
      async () => {
        if (step.until !== 'healthy') await this.redundancy.see().catch(() => undefined)
        return look(step.until, this.#probes, this.#disturbance)
      },
      {clock, signal, withinMs: step.withinMs, what: step.until, tolerant: true},
    )
    // The condition was met; a second look that fails must not undo that.
    if (step.until === 'healthy') await this.redundancy.see().catch(() => undefined)
    return seen
  }

  async #inject(id: string, spec: FaultSpec, withinMs: number): Promise<string> {
    const {clock, cluster, emit, signal} = this.#world
    const endMs = clock.nowMs() + withinMs
    const deadline = (what: string) => ({clock, withinMs: Math.max(1, endMs - clock.nowMs()), what})
    const state = await within(cluster.state(), deadline('the cluster to say who is who'))
    const targets = resolveTarget(spec.target, state)
    const action = this.#world.fault(spec, targets)
    const obstacle = await within(action.unavailable(), deadline(`${spec.kind} to say whether it can be done`))
    if (obstacle !== null)
      throw new HlError('FAULT_UNAVAILABLE', `${action.describe} cannot be done here: ${obstacle}`, {
        next: ['`hl doctor` checks what faults need', '`hl faults` lists those that this host can do'],
      })
    signal.throwIfAborted()

    this.#disturb(state.lease.owner ?? state.primary)
    this.stack.push(id, () => this.#undo(id, action))
    emit({kind: 'fault.commanded', atMs: clock.nowMs(), fault: id, describe: action.describe, targets})
    // Ctrl-C does not cut this short: a command half given could land after its heal.
    await within(action.inject(), deadline(action.describe))
    let sinceMs = clock.nowMs()
    const probe = async (): Promise<PollResult<string>> => {
      sinceMs = clock.nowMs()
      return seenBy(action.injected())
    }
    const evidence = await awaitUntil(probe, {
      ...deadline(`the effect of: ${action.describe}`),
      signal,
      everyMs: evidenceEveryMs,
      tolerant: true,
    })
    this.#verified(id, sinceMs, evidence)
    return evidence
  }

  async #undo(id: string, action: Fault): Promise<void> {
    const {clock, emit} = this.#world
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

  async #heal(step: Extract<Step, {readonly kind: 'heal'}>): Promise<string> {
    const ids = step.id === 'all' ? this.stack.pending : [step.id]
    for (const id of ids) await this.stack.undo(id, healWithinMs)
    return `healed ${ids.join(', ')}`
  }

  /** No fault events: the step itself is the moment, since a switchover has no effect to wait for before it is over. */
  async #switchover(to: Target, withinMs: number): Promise<string> {
    const {clock, cluster} = this.#world
    const state = await within(cluster.state(), {clock, withinMs, what: 'the cluster to say who is who'})
    const [from] = resolveTarget({select: 'primary'}, state)
    const [candidate] = resolveTarget(to, state)
    if (from === undefined || candidate === undefined)
      throw new HlError('BUG', 'a target was resolved to nobody', {next: ['report this with the scenario you ran']})
    this.#disturb(from)
    await within(cluster.switchover(from, candidate), {
      clock,
      withinMs,
      what: `the switchover from ${from} to ${candidate}`,
    })
    this.#disturbance = {ownerBefore: from, verifiedMs: clock.nowMs()}
    return `${from} handed over to ${candidate}`
  }

  #disturb(ownerBefore: string | null): void {
    this.#disturbance = {ownerBefore, verifiedMs: null}
    this.redundancy.lost()
  }

  #verified(fault: string, sinceMs: number, evidence: string): void {
    const atMs = this.#world.clock.nowMs()
    this.#disturbance = {...this.#disturbance, verifiedMs: atMs}
    this.#world.emit({kind: 'fault.verified', atMs, fault, sinceMs, evidence})
  }
}

async function seenBy(probe: Promise<string | null>): Promise<PollResult<string>> {
  const evidence = await probe
  return evidence === null ? {holds: false, seen: 'no sign of it'} : {holds: true, value: evidence}
}
