// Runs programs in a container apart. Invariant: an error says what was being done and the last words of the program,
// never its arguments.
// Not here: what is done (restore/, copy/, locate/, verify/), ending it (../model/work-in-node.ts).
import type {NextStep} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {RestoreNode} from '../model/ports.ts'

export interface NodeTask {
  /** What a person does when it fails. */
  readonly next: readonly NextStep[]
  /** Absent: postgres. */
  readonly user?: string
  readonly stdin?: string
}

/** The longest that one program may take there: terabytes are copied by some. */
export const withinMs = 6 * 3_600_000
const wordsShown = 6

/**
 * What the program prints, without the space around it. `doing` begins the error: "promoting the copy". RESTORE_FAILED
 * when it fails.
 */
export async function runOnNode(
  node: RestoreNode,
  doing: string,
  argv: readonly string[],
  {next, user = 'postgres', stdin}: NodeTask,
): Promise<string> {
  const {exitCode, stdout, stderr} = await node.exec(argv, {
    user,
    timeoutMs: withinMs,
    ...(stdin === undefined ? {bound: true} : {stdin}),
  })
  if (exitCode === 0) return stdout.trim()
  throw new HlError('RESTORE_FAILED', `${doing} failed: ${lastWords(stderr)}`, {next})
}

/** PURE: the end of what a program said, as one line. */
export function lastWords(stderr: string): string {
  const said = stderr.trim()
  return said === '' ? 'no words' : said.split('\n').slice(-wordsShown).join(' / ')
}

/**
 * PURE: what PostgreSQL says went wrong, with its DETAIL and HINT, as one line: a program that runs SQL shows that
 * behind it, however long. The last words where there is no such line.
 */
export function serverWords(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const at = lines.findIndex(line => /(?:ERROR|FATAL|PANIC): /.test(line))
  if (at === -1) return lastWords(stderr)
  const error = (lines[at] ?? '').replace(/^.*?(?=(?:ERROR|FATAL|PANIC): )/, '')
  const end = lines.findIndex((line, index) => index > at && /(?:ERROR|FATAL|PANIC): /.test(line))
  const more = lines.slice(at + 1, end === -1 ? undefined : end).filter(line => /^(?:DETAIL|HINT): /.test(line))
  return [error, ...more].map(line => line.replaceAll(/\s+/g, ' ')).join(' / ')
}
