// Why a server could not be asked, in words, and how long to leave it alone. Invariants: the same reason always gives
// the same words, since a change is what is told; pauses are bounded, and shortest when somebody waits. Pure. Not here:
// asking (sql-monitor.ts).
import type {AskTimes} from './discovery.ts'

export interface MonitorFailure {
  readonly text: string
  /** Somebody has to change something: asking again soon only fills the server's log. */
  readonly lasting: boolean
}

/** The server speaks another protocol. */
export class NotPostgres extends Error {
  override readonly name = 'NotPostgres'
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name service does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'the network does not answer',
}

/** Wrong user or password, no such database, no permission, no such function: 28, 3D, 42. */
const lastingStates = /^(?:28|3D|42)[0-9A-Z]{3}$/

/** Reads what the driver, the socket or the name service gave as the reason. */
export function describeFailure(error: unknown): MonitorFailure {
  if (!(error instanceof Error)) return {text: String(error), lasting: false}
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  if (code === null)
    return {
      text: error.message.startsWith('Connection terminated') ? 'the server closed the connection' : error.message,
      lasting: error instanceof NotPostgres,
    }
  // Several addresses of one name fail as one error without words.
  const words = reasons[code] ?? (error.message === '' ? 'no connection' : error.message)
  return {text: words.includes(code) ? words : `${words} (${code})`, lasting: lastingStates.test(code)}
}

/** Longest pause while nobody waits, or while somebody has to change something first. */
const slowMostMs = 2_000
/** Longest pause while somebody waits. */
const fastMostMs = 250

/** The pause after so many failures in a row, at least one: doubles from the usual one. */
export function retryPauseMs(
  failures: number,
  lasting: boolean,
  isFast: boolean,
  {pollMs, fastPollMs}: AskTimes,
): number {
  const first = isFast ? Math.min(pollMs, fastPollMs) : pollMs
  const most = isFast && !lasting ? fastMostMs : slowMostMs
  return Math.min(first * 2 ** Math.min(failures - 1, 20), Math.max(first, most))
}
