// PURE: statements in the server log (log_line_prefix '%m [%p] %q%u@%d ', log_statement mod or all) whose text matches,
// and the time in which they committed.
// Invariant: the log only bounds the time, WAL says which commit it was. The log alone is not enough: `%x` prints xid 0
// for a statement that is only about to begin, and the statement's time is before that of other sessions' good commits
// (seen: DROP logged at 28.624 s, the last good commit at 28.625715, the commit of the DROP at 28.625858), so a time
// target from the log loses those. Log and commit times come from one server's clock, so comparing them is fair; they
// order nothing.
// Not here: the choice among the commits in that time (choose-offending.ts). Not seen by any of this: statements in
// functions and DO blocks whose own text does not match.
import {parseLogTime} from './log-time.ts'

export interface StatementMatch {
  readonly pid: number
  readonly user: string
  readonly database: string
  readonly text: string
  /** The moment that it began. */
  readonly startedMs: number
  /** A moment by which its transaction was over; null when the log does not tell. */
  readonly endedMs: number | null
}

export interface StatementSearch {
  readonly matches: readonly StatementMatch[]
  /**
   * Entries that could not be read: another log_line_prefix, or times that are not UTC. Nothing matched among many of
   * these means nothing.
   */
  readonly unread: number
}

/** What of a server's log_statement says where transactions end: `all` shows BEGIN and COMMIT, `mod` does not. */
export type LogStatement = 'mod' | 'all'

export interface TimeWindow {
  readonly fromMs: number
  /** null: up to the end of the WAL. */
  readonly toMs: number | null
}

interface Entry {
  readonly atMs: number
  readonly pid: number
  readonly user: string
  readonly database: string
  readonly severity: string
  readonly text: string
}

interface Session {
  inBlock: boolean
  /** Matches whose transaction may still be running. */
  open: {-readonly [Key in keyof StatementMatch]: StatementMatch[Key]}[]
  /** The last statement, until it is known whether a DETAIL belongs to it. */
  last: Omit<StatementMatch, 'endedMs'> | null
}

/**
 * Every statement that `pattern` matches, in the order of the log. A statement that failed is among them: WAL has no
 * commit for it.
 */
export function matchStatements(lines: Iterable<string>, pattern: RegExp, logStatement: LogStatement): StatementSearch {
  const sessions = new Map<number, Session>()
  const matches: StatementMatch[] = []
  let unread = 0
  const addMatch = (session: Session, statement: Omit<StatementMatch, 'endedMs'>) => {
    const match = {...statement, endedMs: null}
    session.open.push(match)
    matches.push(match)
  }
  for (const raw of entriesOf(lines)) {
    const entry = parseEntry(raw)
    if (entry === null) {
      unread++
      continue
    }
    const session = sessions.get(entry.pid) ?? {inBlock: false, open: [], last: null}
    sessions.set(entry.pid, session)
    const statement = statementOf(entry)
    if (statement !== null) {
      if (logStatement === 'all') closeAt(session, statement.startedMs)
      const matched = statement.text.search(pattern) !== -1
      if (matched) addMatch(session, statement)
      session.last = matched ? null : statement
      if (logStatement === 'all') followBlock(session, statement.text)
    } else if (entry.severity === 'DETAIL' && entry.text.startsWith('prepare: ') && session.last !== null) {
      // EXECUTE of a prepared statement shows only its name; the text is in the DETAIL below.
      if (entry.text.search(pattern) !== -1)
        addMatch(session, {...session.last, text: `${session.last.text} (${entry.text})`})
      session.last = null
    } else if (entry.severity === 'LOG' && entry.text.startsWith('disconnection: ')) {
      session.inBlock = false
      closeAt(session, entry.atMs)
      sessions.delete(entry.pid)
    }
  }
  return {matches, unread}
}

/**
 * The time in which the commits of these statements lie, `marginMs` wider on both sides; null when there are none. Open
 * when the end of one of them is not known.
 */
export function windowOf(matches: readonly StatementMatch[], marginMs: number): TimeWindow | null {
  if (matches.length === 0) return null
  const fromMs = matches.reduce((least, {startedMs}) => Math.min(least, startedMs), Infinity) - marginMs
  // A start plus a margin would be no end: a DELETE of half an hour commits half an hour after it was logged.
  const toMs = matches.reduce<number | null>(
    (most, {endedMs}) => (most === null || endedMs === null ? null : Math.max(most, endedMs)),
    -Infinity,
  )
  return {fromMs, toMs: toMs === null ? null : toMs + marginMs}
}

/** An entry goes on in the lines that begin with a tab. */
function* entriesOf(lines: Iterable<string>): Generator<string> {
  let entry: string | null = null
  for (const line of lines) {
    if (line.startsWith('\t') && entry !== null) {
      entry += `\n${line.slice(1)}`
      continue
    }
    if (entry !== null) yield entry
    entry = line === '' ? null : line
  }
  if (entry !== null) yield entry
}

function parseEntry(text: string): Entry | null {
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+) \[(\d+)\] (?:(\S*)@(\S*) )?([A-Z]+\d?): {2}([^]*)$/.exec(
    text,
  )
  if (match === null) return null
  const [, time = '', pid = '', user = '', database = '', severity = '', rest = ''] = match
  const atMs = parseLogTime(time)
  return atMs === null ? null : {atMs, pid: Number(pid), user, database, severity, text: rest}
}

/**
 * log_min_duration_statement writes the statement once it is over, so it began earlier; log_statement writes it before.
 */
function statementOf({atMs, pid, user, database, severity, text}: Entry): Omit<StatementMatch, 'endedMs'> | null {
  if (severity !== 'LOG') return null
  const match = /^(?:duration: (\d+\.\d+) ms {2})?(?:statement|execute [^:]*): ([^]*)$/.exec(text)
  if (match === null) return null
  return {pid, user, database, text: match[2] ?? '', startedMs: Math.floor(atMs - Number(match[1] ?? 0))}
}

/** A session that begins a statement outside a transaction block has ended everything before it. */
function closeAt(session: Session, atMs: number): void {
  if (session.inBlock) return
  for (const match of session.open) match.endedMs = atMs
  session.open = []
}

/**
 * ROLLBACK TO SAVEPOINT ends no block, nor does what is said about another transaction that was prepared. PREPARE ends
 * it, but whoever commits that may do so at any time.
 */
function followBlock(session: Session, text: string): void {
  if (/^\s*(?:begin|start\s+transaction)\b/i.test(text)) session.inBlock = true
  else if (/^\s*(?:commit|rollback)\s+prepared\b/i.test(text)) return
  else if (/^\s*(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b(?!.*\band\s+chain\b)/i.test(text))
    session.inBlock = false
  else if (/^\s*prepare\s+transaction\b/i.test(text)) {
    session.inBlock = false
    session.open = []
  }
}
