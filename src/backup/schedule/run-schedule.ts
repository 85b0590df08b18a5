// The service: looks what is due, does one thing after another, remembers what came of it. Invariants: a failure is
// told and counted and never ends it; a lab that somebody else works on is waited for; when it is told to end it begins
// nothing more, and what is given up half way is neither told nor counted. Not here: what is due (decide-due.ts), how
// each thing is done and what of it is given up (the caller's `work`).
import {HlError} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import {decideDue, type Due, type Outcome, type ScheduleSettings, type Situation} from './decide-due.ts'

export interface Work {
  readonly look: () => Promise<Situation>
  /** Does it under the lab's lock; what it throws is why it failed, LAB_BUSY that it was not tried. */
  readonly carryOut: (due: Due, situation: Situation) => Promise<Pick<Outcome, 'ok' | 'detail' | 'backup'>>
  readonly remember: (outcome: Outcome) => Promise<void>
  readonly tell: (outcome: Outcome) => void
  /** What is no outcome: that it waits, or cannot look. */
  readonly note: (text: string) => void
}

export interface ScheduleOptions {
  readonly settings: ScheduleSettings
  /** Does each thing that is due at most once, and ends. */
  readonly once: boolean
  readonly signal: AbortSignal
}

export interface ScheduleSummary {
  readonly done: number
  readonly failed: number
  /** Tasks that were due, and whose lab somebody else had; retention that waits for a recovery copy. */
  readonly postponed: number
}

const lookEveryMs = 5_000

/**
 * Until the signal, or with `once` until all that is due was tried; then, and only then, an error of looking is passed
 * on.
 */
export async function runSchedule(
  work: Work,
  clock: Clock,
  {settings, once, signal}: ScheduleOptions,
): Promise<ScheduleSummary> {
  const counts = {done: 0, failed: 0, postponed: 0}
  const noted = onlyNew(work.note)
  const tried = new Set<string>()
  let isHeld = false
  while (!signal.aborted) {
    const situation = await work.look().catch((error: unknown) => {
      if (once) throw error
      noted(`cannot look: ${messageOf(error)}`)
      return null
    })
    const all = situation === null ? [] : decideDue(situation, settings)
    // It must not keep what comes after it waiting too, so it is passed over.
    const held = situation?.hasCopy === true && all.some(({task}) => task === 'prune')
    if (held && !isHeld) {
      counts.postponed += 1
      work.note('prune waits: the lab has a recovery copy, which reads what it would remove')
    }
    isHeld = held
    const due = all.find(one => !(held && one.task === 'prune') && (!once || !tried.has(keyOf(one))))
    if (situation === null || due === undefined) {
      if (once) break
      await clock.wait(lookEveryMs, signal).catch(() => undefined)
      continue
    }
    const outcome = await attempt(work, clock, due, situation)
    if (isOver(signal) && outcome?.ok !== true) break
    tried.add(keyOf(due))
    if (outcome === null) {
      counts.postponed += 1
      noted(`${due.task} waits: somebody else works on the lab`)
      if (!once) await clock.wait(lookEveryMs, signal).catch(() => undefined)
      continue
    }
    counts[outcome.ok ? 'done' : 'failed'] += 1
    work.tell(outcome)
    await work
      .remember(outcome)
      .catch((error: unknown) => work.note(`the outcome could not be remembered: ${messageOf(error)}`))
  }
  return counts
}

/** It may have come while something was waited for, which the compiler cannot know. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted
}

/** null: somebody else has the lab. */
async function attempt(work: Work, clock: Clock, due: Due, situation: Situation): Promise<Outcome | null> {
  const startedMs = clock.nowMs()
  const ended = (result: Pick<Outcome, 'ok' | 'detail' | 'backup'>): Outcome => ({
    task: due.task,
    at: clock.wallTime(),
    durationMs: Math.round(clock.nowMs() - startedMs),
    ...result,
  })
  try {
    return ended(await work.carryOut(due, situation))
  } catch (error) {
    if (error instanceof HlError && error.code === 'LAB_BUSY') return null
    return ended({ok: false, detail: messageOf(error), backup: due.backup ?? null})
  }
}

function keyOf({task, backup}: Due): string {
  return `${task} ${backup ?? ''}`
}

function messageOf(error: unknown): string {
  return error instanceof HlError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error)
}

/** The same thing is said once, until something else is. */
function onlyNew(note: (text: string) => void): (text: string) => void {
  let last = ''
  return text => {
    if (text !== last) note(text)
    last = text
  }
}
