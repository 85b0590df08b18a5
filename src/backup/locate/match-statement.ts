// PURE: the statements of a server's log, those whose text matches among them, with what the log says of their
// transactions. It is read with log_line_prefix '%m [%p] %q%v %x %u@%d ', and with '%m [%p] %q%u@%d ' as labs of before
// wrote it; log_statement is mod.
// Invariant: nothing is concluded from what the log leaves out. `%x` is 0 for a statement that is only about to begin;
// COMMIT is not logged: a transaction is over when its session says something with another `%v`, or with none, or ends.
// Times of log and commits come from one server's clock; they bound, and order nothing.
// Not here: which commit it was (tie-statement.ts). Not seen by any of this: statements in functions whose own text
// does not match.
import {parseLogTime} from './log-time.ts'
import {controlsTransactions} from './statement-targets.ts'

export interface LoggedStatement {
  /** Two sessions may have had the same process id one after the other. */
  readonly session: string
  readonly pid: number
  readonly user: string
  readonly database: string
  readonly text: string
  /** The moment that it began. */
  readonly startedMs: number
  /** A moment by which its transaction was over, or prepared; null when the log does not tell. */
  readonly endedMs: number | null
  /** Of its transaction, when a line of it shows one. */
  readonly xid: number | null
  /** PostgreSQL's words when the statement failed. */
  readonly failed: string | null
}

export interface StatementLog {
  readonly matches: readonly LoggedStatement[]
  /** All that were logged, those among them. */
  readonly statements: readonly LoggedStatement[]
  /** Whose a transaction is, where a line shows it. */
  readonly sessionOf: ReadonlyMap<number, string>
  /**
   * Entries of PostgreSQL that could not be read: another log_line_prefix, or times that are not UTC. Nothing matched
   * among many of these means nothing. What Patroni and the programs that it starts write between them is none.
   */
  readonly unread: number
}

interface Entry {
  readonly atMs: number
  readonly pid: number
  /** null: the prefix does not say. */
  readonly vxid: string | null
  readonly xid: number | null
  readonly user: string
  readonly database: string
  readonly severity: string
  readonly text: string
}

type Mutable<T> = {-readonly [Key in keyof T]: T[Key]}

interface Session {
  readonly id: string
  vxid: string | null
  xid: number | null
  /** Statements whose transaction may still be running. */
  open: Mutable<LoggedStatement>[]
  /** The last statement as it was logged, for what is said of it in the lines below. */
  last: {readonly statement: Mutable<LoggedStatement>; readonly logged: string} | null
  error: string | null
}

/** Every statement of a server's log, in its order; `pattern` says which of them match. */
export function readStatementLog(lines: Iterable<string>, pattern: RegExp, server = 'a'): StatementLog {
  const reader = logReader(server)
  let unread = 0
  for (const raw of entriesOf(lines)) {
    const entry = parseEntry(raw)
    if (entry !== null) reader.take(entry)
    else if (ofPostgres.test(raw)) unread++
  }
  const {statements, sessionOf} = reader
  return {statements, sessionOf, unread, matches: statements.filter(({text}) => text.search(pattern) !== -1)}
}

function logReader(server: string) {
  const sessions = new Map<number, Session>()
  const statements: Mutable<LoggedStatement>[] = []
  const sessionOf = new Map<number, string>()
  let known = 0

  const sessionBy = (pid: number): Session => {
    const session = sessions.get(pid) ?? {
      id: `${server}${known++}`,
      vxid: null,
      xid: null,
      open: [],
      last: null,
      error: null,
    }
    sessions.set(pid, session)
    return session
  }
  const add = (session: Session, statement: Started, {atMs, vxid}: Entry) => {
    const whole = {...statement, session: session.id, xid: session.xid, endedMs: isOver(vxid) ? atMs : null}
    session.last = {statement: whole, logged: statement.text}
    if (whole.endedMs === null) session.open.push(whole)
    statements.push(whole)
  }
  const take = (entry: Entry): void => {
    if (entry.database === '') {
      // Of the server itself: whatever ran before it started is over.
      if (/^(?:starting PostgreSQL|all server processes terminated)/.test(entry.text)) {
        for (const session of sessions.values()) close(session, entry.atMs)
        sessions.clear()
      }
      return
    }
    const session = sessionBy(entry.pid)
    follow(session, entry, sessionOf)
    const started = statementOf(entry)
    if (started !== null) add(session, started, entry)
    else listen(session, entry)
    if (entry.severity === 'LOG' && entry.text.startsWith('disconnection: ')) {
      close(session, entry.atMs)
      sessions.delete(entry.pid)
    }
  }
  return {take, statements, sessionOf}
}

/** What the prefix tells of the session's transaction. */
function follow(session: Session, {atMs, vxid, xid}: Entry, sessionOf: Map<number, string>): void {
  if (vxid === null) return
  if (vxid !== session.vxid) {
    close(session, atMs)
    session.vxid = vxid
  }
  if (xid === null || xid === 0) return
  session.xid = xid
  sessionOf.set(xid, session.id)
  for (const statement of session.open) if (!controlsTransactions(statement.text)) statement.xid = xid
}

/** What lines below a statement say of it. */
function listen(session: Session, {severity, text}: Entry): void {
  if (severity === 'DETAIL' && text.startsWith('prepare: ') && session.last !== null) {
    // EXECUTE of a prepared statement shows only its name; the text is in the DETAIL below.
    session.last.statement.text += ` (${text})`
  } else if (severity === 'ERROR') session.error = text
  else if (severity === 'STATEMENT' && session.error !== null) {
    // Of several with a COMMIT between them some may have been committed before.
    const failed = session.last?.logged === text && !controlsTransactions(text)
    if (failed && session.last !== null) session.last.statement.failed = session.error
    session.error = null
  }
}

function close(session: Session, atMs: number): void {
  for (const statement of session.open) statement.endedMs = atMs
  session.open = []
  session.xid = null
}

/** A line of a session without a transaction has no local part: 3/0. */
function isOver(vxid: string | null): boolean {
  return vxid?.endsWith('/0') === true
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

const entryPattern =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+) \[(\d+)\] (?:(?:(\d+\/\d+)? (\d+) )?(\S*)@(\S*) )?([A-Z]+\d?): {2}([^]*)$/

/**
 * Behind any log_line_prefix: a severity, a colon and two spaces. Source: send_message_to_server_log,
 * src/backend/utils/error/elog.c.
 */
const ofPostgres =
  /(?:DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|LOCATION|BACKTRACE|STATEMENT): {2}/

function parseEntry(text: string): Entry | null {
  const match = entryPattern.exec(text)
  if (match === null) return null
  const [, time = '', pid = '', vxid, xid, user = '', database = '', severity = '', rest = ''] = match
  const atMs = parseLogTime(time)
  return atMs === null
    ? null
    : {
        atMs,
        pid: Number(pid),
        vxid: vxid ?? null,
        xid: xid === undefined ? null : Number(xid),
        user,
        database,
        severity,
        text: rest,
      }
}

type Started = Omit<LoggedStatement, 'endedMs' | 'session' | 'xid'>

/**
 * log_min_duration_statement writes the statement once it is over, so it began earlier; log_statement writes it before.
 */
function statementOf({atMs, pid, user, database, severity, text}: Entry): Started | null {
  if (severity !== 'LOG') return null
  const match = /^(?:duration: (\d+\.\d+) ms {2})?(?:statement|execute [^:]*): ([^]*)$/.exec(text)
  if (match === null) return null
  const startedMs = Math.floor(atMs - Number(match[1] ?? 0))
  return {pid, user, database, text: match[2] ?? '', startedMs, failed: null}
}
