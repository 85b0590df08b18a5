// Does a fault and undoes it, each until its effect was seen: the one way, for a step of an experiment and for a person
// at the prompt. Invariant: nothing is touched before the fault said that it can be done; what a command returned is
// believed by nobody, the effect is looked for. Not here: whom it hits, the undo stack (src/experiment).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {awaitUntil, holds, notYet, within, type PollResult} from '../waiting/await-until.ts'
import type {Fault} from './fault.ts'

/** t_fault is read from these probes, so they look more often than the waits of minutes do. */
const evidenceEveryMs = 50

export interface Effect {
  readonly evidence: string
  /** When the probe began that saw the effect, and when it was answered. */
  readonly sinceMs: number
  readonly atMs: number
}

export interface FaultBounds {
  readonly clock: Clock
  /** For all of it: questions, command and the wait for the effect. */
  readonly withinMs: number
  readonly signal?: AbortSignal | undefined
}

export interface InjectOptions extends FaultBounds {
  /** The fault can be done and the command is about to be given: the moment to put its heal on a stack. */
  readonly onCommanded?: (atMs: number) => void
  readonly onVerified?: (effect: Effect) => void
}

/**
 * Returns when the effect was seen. Errors: FAULT_UNAVAILABLE before anything is touched, TIMEOUT with what was last
 * seen, those of the command, or the signal's reason.
 */
export async function injectFault(fault: Fault, options: InjectOptions): Promise<Effect> {
  const {clock, signal, onCommanded, onVerified} = options
  const left = deadline(options)
  await within(requireAvailable(fault), left(`an answer whether it can be done: ${fault.describe}`))
  signal?.throwIfAborted()
  onCommanded?.(clock.nowMs())
  // Ctrl-C does not cut this short: a command half given could land after its heal.
  await within(fault.inject(), left(fault.describe))
  const effect = await untilSeen(() => fault.injected(), {...left(`the effect of: ${fault.describe}`), signal})
  onVerified?.(effect)
  return effect
}

/** FAULT_UNAVAILABLE when it cannot be done here and now. Looks only. */
export async function requireAvailable(fault: Fault): Promise<void> {
  const obstacle = await fault.unavailable()
  if (obstacle === null) return
  throw new HlError('FAULT_UNAVAILABLE', `${fault.describe} cannot be done here: ${obstacle}`, {
    next: [
      hint('doctor', {why: 'checks what faults need'}),
      hint('faults list', {why: 'lists those that this host can do'}),
    ],
  })
}

export interface HealOptions extends FaultBounds {
  readonly onCommanded?: (atMs: number) => void
  readonly onVerified?: (effect: Effect) => void
}

/** Undoes the fault; returns when that was seen. Errors: TIMEOUT with what was last seen, those of the command. */
export async function healFault(fault: Fault, options: HealOptions): Promise<Effect> {
  const {clock, signal, onCommanded, onVerified} = options
  const left = deadline(options)
  signal?.throwIfAborted()
  onCommanded?.(clock.nowMs())
  await within(fault.heal(), left(`the heal of: ${fault.describe}`))
  const effect = await untilSeen(() => fault.healed(), {...left(`the end of: ${fault.describe}`), signal})
  onVerified?.(effect)
  return effect
}

interface Bound extends FaultBounds {
  readonly what: string
}

function deadline({clock, withinMs}: FaultBounds): (what: string) => Bound {
  const endMs = clock.nowMs() + withinMs
  return what => ({clock, withinMs: Math.max(1, endMs - clock.nowMs()), what})
}

async function untilSeen(probe: () => Promise<string | null>, bound: Bound): Promise<Effect> {
  const {clock} = bound
  return awaitUntil(
    async (): Promise<PollResult<Effect>> => {
      const sinceMs = clock.nowMs()
      const evidence = await probe()
      return evidence === null ? notYet('no sign of it') : holds({evidence, sinceMs, atMs: clock.nowMs()})
    },
    {...bound, everyMs: evidenceEveryMs, tolerant: true},
  )
}
