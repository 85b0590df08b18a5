// Questions that a person answers with Enter, y or a name. Invariant: without a terminal nothing is asked and nothing
// goes on; asked on stderr.
import {createInterface} from 'node:readline/promises'
import {HlError} from '../../src/model/errors.ts'
import {printableLines} from '../../src/report/printable.ts'

export interface Question {
  readonly text: string
  /** False with --no-input or without a terminal. */
  readonly mayAsk: boolean
  /** How to do it without being asked. */
  readonly otherwise: string
  /** Of a run that heals when it is interrupted: Ctrl-C at the question is then that interruption. */
  readonly signal?: AbortSignal
}

export interface Confirmation {
  readonly lab: string
  /** What will be gone, one sentence. */
  readonly destroys: string
  /** From --confirm. */
  readonly given: string | undefined
  /** Of a command that shows with --dry-run what it would do. */
  readonly hasDryRun?: boolean
  readonly mayAsk: boolean
}

/** Other streams are for tests. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

const ownTerminal: Terminal = {input: process.stdin, output: process.stderr}

/** Resolves on y or yes; CONFIRMATION_MISSING for anything else. */
export async function confirmYes(question: Question): Promise<void> {
  if (!(await saysYes(question))) throw missing('not confirmed, nothing was changed', question.otherwise)
}

/** Is the answer y or yes? CONFIRMATION_MISSING for none. */
export async function saysYes(question: Question): Promise<boolean> {
  const answer = await ask({...question, text: `${question.text} [y/N] `}, ownTerminal)
  return /^y(es)?$/i.test(answer.trim())
}

/**
 * Before data is destroyed: resolves when the lab's name was given, by flag or by hand; CONFIRMATION_MISSING otherwise.
 */
export async function confirmByName(
  {lab, destroys, given, hasDryRun = false, mayAsk}: Confirmation,
  terminal: Terminal = ownTerminal,
): Promise<void> {
  const otherwise = `--confirm ${lab} does it without a question${hasDryRun ? ', --dry-run shows what it would be' : ''}`
  const typed =
    given ??
    (
      await ask(
        {text: `${destroys}\nType the lab's name to go on, or pass --confirm ${lab}: `, mayAsk, otherwise},
        terminal,
      )
    ).trim()
  if (typed !== lab) throw missing(`"${typed}" is not the name of the lab, nothing was changed`, otherwise)
}

/** Resolves when the person presses Enter. */
export async function waitForEnter(question: Question): Promise<void> {
  await ask({...question, text: `${question.text} (Enter goes on, Ctrl-C heals and stops) `}, ownTerminal)
}

async function ask({text, mayAsk, otherwise, signal}: Question, {input, output}: Terminal): Promise<string> {
  if (!mayAsk) throw missing('this asks before it goes on, and there is no terminal to ask on', otherwise)
  const lines = createInterface({input, output})
  const stop = new AbortController()
  // Ctrl-D closes the interface and would leave the question pending for ever; so does Ctrl-C, which reaches readline
  // and not the process.
  lines.once('close', () => stop.abort())
  if (signal !== undefined) lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await lines.question(printableLines(text), {
      signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]),
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw missing('no answer', otherwise, error)
  } finally {
    lines.close()
  }
}

function missing(message: string, otherwise: string, cause?: unknown): HlError {
  return new HlError('CONFIRMATION_MISSING', message, {next: [otherwise], cause})
}
