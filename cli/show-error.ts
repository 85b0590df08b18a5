// How an error looks: one JSON document on stdout with --json, else code, cause and next step on stderr. Invariant:
// every error ends with a next step.
import {schemaVersion} from '../src/model/report.ts'
import {hintText} from '../src/model/command-hint.ts'
import {diskError} from '../src/model/disk-error.ts'
import {exitCode, HlError, messageOf} from '../src/model/errors.ts'
import type {ExitCode} from '../src/model/errors.ts'
import {writeJson, writeNote} from './output.ts'

export interface ErrorContext {
  readonly command: string
  readonly json: boolean
  /** What the command was about; absent when it was none. */
  readonly lab?: string
  readonly shard?: string | null
}

/** Prints the error and returns the exit code it stands for. */
export function showError(error: unknown, context: ErrorContext): ExitCode {
  const shown = toHlError(error)
  if (context.json) writeJson(errorEnvelope(shown, context))
  else writeNote(`${errorText(shown, context)}\n`)
  if (shown.code === 'BUG' && shown.cause instanceof Error && !context.json) writeNote(`${shown.cause.stack ?? ''}\n`)
  return shown.exitCode
}

const writing = new Set<unknown>(['mkdir', 'mkdtemp', 'write', 'fsync', 'rename', 'symlink', 'unlink', 'rmdir', 'rm'])

/** What the operating system does not let hl write is told as such; everything else is a bug of hl: exit 70. */
export function toHlError(error: unknown): HlError {
  if (error instanceof HlError) return error
  if (error instanceof Error && 'syscall' in error && writing.has(error.syscall)) {
    const refused = diskError('path' in error ? String(error.path) : 'a file', error)
    if (refused instanceof HlError) return refused
  }
  const message = messageOf(error)
  return new HlError('BUG', message, {
    next: ['this is a bug in hl: report it with the command line and the lines below'],
    cause: error,
  })
}

export function errorText(error: HlError, {lab, shard}: Pick<ErrorContext, 'lab' | 'shard'> = {}): string {
  const cause =
    error.cause instanceof Error && error.code !== 'BUG' && error.code !== 'USAGE'
      ? [`cause: ${indented(error.cause.message.trim())}`]
      : []
  const lines = [
    `error: ${indented(error.message)}`,
    `code:  ${error.code} (exit ${error.exitCode})`,
    ...cause,
    ...error.steps.map(step => `next:  ${hintText(step, lab, shard)}`),
  ]
  return [...lines, ...(error.exitCode === exitCode.bug ? [] : [`page:  ${error.runbook}`])].join('\n')
}

/** A server's words may have lines; none of them is to look like one of ours. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n       ')
}

export function errorEnvelope(error: HlError, {command, lab, shard}: Omit<ErrorContext, 'json'>) {
  const cause = error.cause instanceof Error ? error.cause.message : null
  return {
    ok: false,
    schemaVersion,
    command,
    error: {
      code: error.code,
      message: error.message,
      next: error.steps.map(step => hintText(step, lab, shard)),
      cause,
      runbook: error.runbook,
      exitCode: error.exitCode,
    },
  }
}
