// Ctrl-C: once heals and stops, twice leaves everything as it is. Invariant: hl's own handlers are the only ones.
import {hint} from '../src/model/command-hint.ts'
import {exitCode, HlError, type ExitCode} from '../src/model/errors.ts'
import {isLostOutput, writeNote} from './output.ts'

export interface InterruptTexts {
  /** Said at the first signal. */
  readonly once: string
  /** Said at the second, which ends the process. */
  readonly twice: string
  readonly note: (text: string) => void
}

/** Of commands that tell Patroni what to do and wait until it has done it. */
export const leftToPatroni = {
  once: 'interrupted: no longer waiting; Patroni goes on with what it was told',
  twice: 'left as it is',
}

/** Of the work that is going on: what it changed is undone before hl ends, whatever broke. */
const going = new Set<(error: unknown) => void>()

/**
 * An error that nobody caught, of a timer or a handler, ends the work that is going on as Ctrl-C does; where there is
 * none, `show` says it and hl ends with the exit code that it returns.
 */
export function watchCrashes(show: (error: unknown) => ExitCode): void {
  process.on('uncaughtException', error => {
    if (isLostOutput(error)) return
    if (going.size === 0) process.exit(show(error))
    for (const end of going) end(error)
  })
}

/** A closed terminal counts too: what was broken must be healed without anybody watching. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Does `work` with a signal that the first Ctrl-C aborts. An aborted wait becomes INTERRUPTED; an error of its own
 * passes.
 */
export async function interruptible<T>(
  {once, twice, note}: InterruptTexts,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const handle = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      writeNote(`\n${twice}\n`)
      process.exit(exitCode.interrupted)
    }
    note(`\n${once}`)
    controller.abort(name)
  }
  let crash: {readonly error: unknown} | null = null
  const crashed = (error: unknown): void => {
    crash ??= {error}
    controller.abort('an error in hl itself')
  }
  for (const name of signals) process.on(name, handle)
  going.add(crashed)
  try {
    const done = await work(controller.signal)
    rethrow(crash)
    return done
  } catch (error) {
    if (!(error instanceof HlError) || error.code === 'INTERRUPTED') rethrow(crash)
    if (!controller.signal.aborted || error instanceof HlError) throw error
    throw new HlError('INTERRUPTED', `interrupted by ${String(controller.signal.reason)}`, {
      next: [hint('status', {why: 'shows the lab'}), 'run it again'],
      cause: error,
    })
  } finally {
    for (const name of signals) process.off(name, handle)
    going.delete(crashed)
  }
}

/** A parameter, since what is assigned in a closure is `never` to the compiler. */
function rethrow(crash: {readonly error: unknown} | null): void {
  if (crash !== null) throw crash.error
}
