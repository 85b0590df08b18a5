// How an error looks: one JSON document on stdout with --json, else code, cause and next step on stderr. Invariant:
// every error ends with a next step.
import {schemaVersion} from '../src/model/report.ts'
import {hintText} from '../src/model/command-hint.ts'
import {exitCode, HlError} from '../src/model/errors.ts'
import type {ExitCode} from '../src/model/errors.ts'

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
  if (context.json) process.stdout.write(`${JSON.stringify(errorEnvelope(shown, context), null, 2)}\n`)
  else process.stderr.write(`${errorText(shown, context)}\n`)
  if (shown.code === 'BUG' && shown.cause instanceof Error && !context.json)
    process.stderr.write(`${shown.cause.stack ?? ''}\n`)
  return shown.exitCode
}

/** Everything that is not an HlError is a bug of hl: exit 70. */
export function toHlError(error: unknown): HlError {
  if (error instanceof HlError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new HlError('BUG', message, {
    next: ['this is a bug in hl: report it with the command line and the lines below'],
    cause: error,
  })
}

export function errorText(error: HlError, {lab, shard}: Pick<ErrorContext, 'lab' | 'shard'> = {}): string {
  const cause =
    error.cause instanceof Error && error.code !== 'BUG' && error.code !== 'USAGE'
      ? [`cause: ${error.cause.message.trim()}`]
      : []
  const lines = [
    `error: ${error.message}`,
    `code:  ${error.code} (exit ${error.exitCode})`,
    ...cause,
    ...error.steps.map(step => `next:  ${hintText(step, lab, shard)}`),
  ]
  return [...lines, ...(error.exitCode === exitCode.bug ? [] : [`page:  ${error.runbook}`])].join('\n')
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
