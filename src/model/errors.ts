// Every error that a person can meet: code, exit code, cause, next step. Invariant: each code has a page
// runbooks/errors/<CODE>.md (a test compares).
// Not here: how an error is printed (cli/).
import {hintText, type NextStep} from './command-hint.ts'

/** Exit codes of the command-line contract. */
export const exitCode = {pass: 0, fail: 1, usage: 2, unknown: 3, notReady: 4, bug: 70, interrupted: 130} as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

const codes = {
  USAGE: exitCode.usage,
  CONFIG_INVALID: exitCode.usage,
  SCENARIO_UNKNOWN: exitCode.usage,
  SCENARIO_INVALID: exitCode.usage,
  NODE_UNKNOWN: exitCode.usage,
  SHARD_UNKNOWN: exitCode.usage,
  FAULT_UNKNOWN: exitCode.usage,
  RUN_UNKNOWN: exitCode.usage,
  RUN_UNREADABLE: exitCode.usage,
  LAB_NAME_INVALID: exitCode.usage,
  CONFIRMATION_MISSING: exitCode.usage,
  BACKUP_UNKNOWN: exitCode.usage,
  TARGET_INVALID: exitCode.usage,
  STATEMENT_REFUSED: exitCode.usage,
  TRANSACTION_UNKNOWN: exitCode.usage,
  MOVE_INVALID: exitCode.usage,
  MOVE_UNKNOWN: exitCode.usage,
  BARRIER_UNKNOWN: exitCode.usage,
  STATEMENT_FAILED: exitCode.fail,
  ARCHIVE_MISSING: exitCode.notReady,
  ARCHIVE_GAP: exitCode.notReady,
  ARCHIVE_KEY_MISSING: exitCode.notReady,
  BACKUP_FAILED: exitCode.notReady,
  BACKUP_INVALID: exitCode.notReady,
  TARGET_UNREACHABLE: exitCode.notReady,
  RESTORE_FAILED: exitCode.notReady,
  DOCKER_MISSING: exitCode.notReady,
  DOCKER_UNREACHABLE: exitCode.notReady,
  DOCKER_COMMAND_FAILED: exitCode.notReady,
  COMPOSE_MISSING: exitCode.notReady,
  IMAGE_MISSING: exitCode.notReady,
  DISK_FULL: exitCode.notReady,
  FILE_UNWRITABLE: exitCode.notReady,
  FOLDER_GONE: exitCode.notReady,
  OUTPUT_LOST: exitCode.notReady,
  PORT_IN_USE: exitCode.notReady,
  LAB_MISSING: exitCode.notReady,
  LAB_UNHEALTHY: exitCode.notReady,
  LAB_BUSY: exitCode.notReady,
  LAB_SETTINGS_DIFFER: exitCode.notReady,
  RESTORE_UNFINISHED: exitCode.notReady,
  FAULT_UNAVAILABLE: exitCode.notReady,
  HEAL_FAILED: exitCode.notReady,
  TIMEOUT: exitCode.notReady,
  PATRONI_REFUSED: exitCode.notReady,
  MIGRATION_REFUSED: exitCode.notReady,
  MIGRATION_FAILED: exitCode.notReady,
  MAP_MISSING: exitCode.notReady,
  MOVE_REFUSED: exitCode.notReady,
  MOVE_STOPPED: exitCode.notReady,
  BARRIER_FAILED: exitCode.notReady,
  RECONCILE_REFUSED: exitCode.notReady,
  BUG: exitCode.bug,
  INTERRUPTED: exitCode.interrupted,
} as const satisfies Record<string, ExitCode>

export type ErrorCode = keyof typeof codes
/** All codes, for the test that holds the runbook pages against them. */
export const errorCodes = Object.keys(codes).filter((code): code is ErrorCode => code in codes)

export interface HlErrorOptions {
  /** What the person does next; at least one line, most useful first. */
  readonly next: readonly NextStep[]
  readonly cause?: unknown
}

/** An error with a code, a cause and a next step. Thrown before anything is touched wherever that is possible. */
export class HlError extends Error {
  /** One word for what is wrong. */
  readonly code: ErrorCode
  /** As they were given: who knows the lab renders them with it. */
  readonly steps: readonly NextStep[]

  /** `message` says the cause. */
  constructor(code: ErrorCode, message: string, options: HlErrorOptions) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.name = 'HlError'
    this.code = code
    this.steps = options.next
  }

  /** The next steps as text; a command names a lab only where it is about another than the default one. */
  get next(): readonly string[] {
    return this.steps.map(step => hintText(step))
  }

  /** What a command that fails with it ends with. */
  get exitCode(): ExitCode {
    return codes[this.code]
  }

  /** The page that explains the code, relative to the package. */
  get runbook(): string {
    return `runbooks/errors/${this.code}.md`
  }
}

/** Closes a switch over a union: the compiler refuses when a case is missing. */
export function unreachable(value: never): never {
  throw new HlError('BUG', `unexpected value ${JSON.stringify(value)}`, {
    next: ['report this with the command you ran'],
  })
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
