// Questions that a person answers with Enter or y. Invariant: without a terminal nothing is asked and nothing goes on; asked on stderr.
// Not here: confirming that data is destroyed (confirm.ts).
import {createInterface} from 'node:readline/promises'
import {HlError} from '../../src/model/errors.ts'

export interface Question {
  readonly text: string
  /** False with --no-input or without a terminal. */
  readonly mayAsk: boolean
  /** How to do it without being asked. */
  readonly otherwise: string
  readonly signal?: AbortSignal
}

/** Resolves on y or yes; CONFIRMATION_MISSING for anything else. */
export async function confirmYes(question: Question): Promise<void> {
  const answer = await ask({...question, text: `${question.text} [y/N] `})
  if (!/^y(es)?$/i.test(answer.trim())) throw new HlError('CONFIRMATION_MISSING', 'not confirmed, nothing was changed', {next: [question.otherwise]})
}

/** Resolves when the person presses Enter. */
export async function waitForEnter(question: Question): Promise<void> {
  await ask({...question, text: `${question.text} (Enter goes on, Ctrl-C heals and stops) `})
}

async function ask({text, mayAsk, otherwise, signal}: Question): Promise<string> {
  if (!mayAsk) throw new HlError('CONFIRMATION_MISSING', 'this asks before it goes on, and there is no terminal to ask on', {next: [otherwise]})
  const lines = createInterface({input: process.stdin, output: process.stderr})
  const stop = new AbortController()
  lines.once('close', () => stop.abort())
  try {
    return await lines.question(text, {signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])})
  } catch (error) {
    signal?.throwIfAborted()
    throw new HlError('CONFIRMATION_MISSING', 'no answer, nothing was changed', {next: [otherwise], cause: error})
  } finally {
    lines.close()
  }
}
