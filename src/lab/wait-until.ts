// Polls until something is so, with a deadline; the error shows what was last seen. Invariant: no wait in src/lab is
// written any other way.
import {HlError, type ErrorCode} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {formatMs} from '../model/time.ts'

/** `done` carries the answer; `not yet` says what was seen instead, for the error. */
export type Look<T> = {readonly done: true; readonly value: T} | {readonly done: false; readonly seen: string}

export const done = <T>(value: T): Look<T> => ({done: true, value})
export const notYet = (seen: string): Look<never> => ({done: false, seen})

export interface WaitOptions {
  /** What is waited for, as the end of "waited 20 s for …". */
  readonly what: string
  readonly withinMs: number
  readonly everyMs?: number
  readonly code?: ErrorCode
  readonly next?: readonly string[]
  readonly signal?: AbortSignal
}

/** Looks at once, then every `everyMs` (default 100). Throws HlError (TIMEOUT unless told) with what was last seen. */
export async function waitUntil<T>(clock: Clock, look: () => Promise<Look<T>>, options: WaitOptions): Promise<T> {
  const startMs = clock.nowMs()
  for (;;) {
    const seen = await look()
    if (seen.done) return seen.value
    if (clock.nowMs() - startMs >= options.withinMs) {
      throw new HlError(
        options.code ?? 'TIMEOUT',
        `waited ${formatMs(options.withinMs)} for ${options.what}; last seen: ${seen.seen}`,
        {next: options.next ?? ['hl status', 'hl doctor']},
      )
    }
    await clock.wait(options.everyMs ?? 100, options.signal)
  }
}
