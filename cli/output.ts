// All that leaves the process: the answer on stdout, everything else on stderr. The only file that writes to them.
// Invariant: on a terminal no control character of a server or a caller gets through, on stderr nowhere; what a program
// reads from stdout is exact; an answer that was not taken is never exit 0. Not here: what is said.
import {exitCode, HlError} from '../src/model/errors.ts'
import {printableJson, printableLines} from '../src/report/printable.ts'

const gone = new AbortController()
let lost: Error | null = null

/** Aborted when whoever read stdout has gone (`hl status --watch | head -1`). */
export const readerGone: AbortSignal = gone.signal

/** Before the first word: without a listener a stream that breaks would end hl with its faults in place. */
export function watchStreams(onLost: (error: HlError) => void): void {
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: Error) => {
    if ('code' in error && error.code === 'EPIPE') gone.abort(new Error('whoever read the answer has gone'))
    if (gone.signal.aborted || lost !== null) return
    lost = error
    onLost(
      new HlError('OUTPUT_LOST', `the answer could not be written to stdout: ${error.message}`, {
        next: ['make room where stdout goes, or send it elsewhere', 'a run that took place is stored: hl runs list'],
        cause: error,
      }),
    )
  })
  // Whatever the command makes of its end: its answer is not there.
  process.on('exit', () => {
    if (lost !== null && Number(process.exitCode ?? exitCode.pass) === exitCode.pass)
      process.exitCode = exitCode.notReady
  })
}

/** Told already: oclif's own listener throws it again. */
export function isLostOutput(error: unknown): boolean {
  return lost !== null && error === lost
}

/** The answer for people, ended by a newline. */
export function writeAnswer(text: string): void {
  const shown = process.stdout.isTTY ? printableLines(text) : text
  process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`)
}

/** A screen that takes the place of the one before it. */
export function writeScreen(text: string): void {
  if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H')
  writeAnswer(text)
}

/** The answer for programs: one document, over several lines or in one. */
export function writeJson(json: unknown, form: 'document' | 'line' = 'document'): void {
  process.stdout.write(`${printableJson(JSON.stringify(json, null, form === 'line' ? 0 : 2))}\n`)
}

/** Progress, warnings, errors, as they come: no newline is added. */
export function writeNote(text: string): void {
  process.stderr.write(printableLines(text))
}
