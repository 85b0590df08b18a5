// SQL on a node through psql in its container, over the local socket: no password leaves the lab. Not here: what an
// answer means.
import {hint, type NextStep} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster, ExecResult} from '../model/ports.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import {csvNull, csvTable, type CsvTable} from './csv-table.ts'
import {attachDocker} from './docker/docker.ts'

type Executes = Pick<Cluster, 'exec'>
type Database = 'postgres' | 'hl'

const argvFor = (database: Database): readonly string[] => [
  'psql',
  ...['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'],
  ...['-d', database],
]

/** One statement as the superuser, unaligned and without headings. A server that refuses or is away is an answer. */
export async function ask(cluster: Executes, node: string, sql: string): Promise<ExecResult> {
  return cluster.exec(node, [...argvFor('postgres'), '-c', sql], {user: 'postgres', timeoutMs: 30_000})
}

/** Several statements, in the database hl unless told, by stdin; the first that fails ends it. */
export async function runScript(
  cluster: Executes,
  node: string,
  sql: string,
  database: Database = 'hl',
): Promise<ExecResult> {
  return cluster.exec(node, [...argvFor(database), '-f', '-'], {user: 'postgres', stdin: sql, timeoutMs: 60_000})
}

export const roles = ['postgres', 'hl_app', 'hl_readonly', 'hl_monitoring', 'hl_migrations'] as const
export type SqlRole = (typeof roles)[number]

/** psql as a person uses it: in the database hl, as `role`, with headings. */
const promptArgv = (role: SqlRole): readonly string[] => ['env', `PGOPTIONS=-c role=${role}`, 'psql', '-d', 'hl']

/** A prompt on this terminal until the person ends it; was psql content? */
export async function openPrompt(container: string, role: SqlRole): Promise<boolean> {
  return (await attachDocker(['exec', '-it', '-u', 'postgres', container, ...promptArgv(role)])) === 0
}

/** Stops at the first error, and tells the error's SQLSTATE. */
const untilError = ['-X', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose'] as const
/**
 * For rowsOf(), without the words that end a statement; null is told from the empty text. Of several statements in one
 * text only the last is shown: rows of two would be told as those of one.
 */
export const asCsv = ['--csv', '-q', '-P', `null=${csvNull}`, '-v', 'SHOW_ALL_RESULTS=off'] as const

/** What a statement gave a program: rows where it has some, else what psql printed (`COPY … TO STDOUT`). */
export interface StatementRows extends CsvTable {
  readonly output: string | null
}

/** COPY prints lines of its own format, and no heading. */
const isCopy = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*copy\b/i

/** PURE: of a statement that was asked with `csv`. */
export function rowsOf(statement: string, {stdout}: Pick<ExecResult, 'stdout'>): StatementRows {
  const table = isCopy.test(statement) ? null : csvTable(stdout)
  return table === null ? {columns: [], rows: [], output: stdout} : {...table, output: null}
}

/** For one statement, and a little more for psql to say what came of it. */
const statementMs = 60_000
const saidMs = 10_000
/** For a session to be seen gone. */
const endMs = 20_000

/** What an interruption of it does, for who is told. */
export const askInterrupted = {
  once: 'interrupted: ending the session on the server; again to leave it',
  twice: 'left as it is: the statement may still run, and be committed',
}

/** PURE but for the clock: a name that no other session has, by which it is found again. */
function sessionName(clock: Clock): string {
  return `hl_psql_${clock.wallTime()}_${clock.nowMs()}`.replaceAll(/\W/g, '_').slice(0, 63)
}

/**
 * A person's statement, as `role`; psql's own output, and its failure. The server itself ends one that takes too long,
 * whoever waits for it. At an abort, or where nothing is heard, its session is ended and seen to be gone: what was not
 * committed by then never is. INTERRUPTED and TIMEOUT say so, or that it may still happen.
 */
export async function askAs(
  cluster: Pick<Cluster, 'exec' | 'lab'>,
  node: string,
  role: SqlRole,
  sql: string,
  {clock, signal, csv = false}: {readonly clock: Clock; readonly signal?: AbortSignal | undefined; csv?: boolean},
): Promise<ExecResult> {
  signal?.throwIfAborted()
  const session = sessionName(clock)
  let isOver = false
  const [, options = '', ...words] = promptArgv(role)
  const argv = ['env', `PGAPPNAME=${session}`, `${options} -c statement_timeout=${statementMs}`, ...words]
  const work = cluster
    .exec(node, [...argv, ...(csv ? asCsv : []), ...untilError, '-c', sql], {
      user: 'postgres',
      timeoutMs: statementMs + saidMs,
    })
    .finally(() => (isOver = true))
  const end = async (): Promise<boolean> => endSession(cluster, node, {session, clock}, () => isOver)
  try {
    return await Promise.race([work, untilAbort(signal)])
  } catch (error) {
    const isAbort = signal?.aborted === true
    if (!isAbort && !(error instanceof HlError && error.code === 'TIMEOUT')) throw error
    work.catch(() => undefined)
    throw notHeard(node, cluster.lab, {session, isAbort, isGone: await end()})
  }
}

async function untilAbort(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new Error(String(signal.reason))), {once: true})
  })
}

const sessionsOf = (session: string): string =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${session}'`

/** Is it gone? psql may connect after the first look, so it is looked for until psql is over. */
async function endSession(
  cluster: Executes,
  node: string,
  {session, clock}: {readonly session: string; readonly clock: Clock},
  isOver: () => boolean,
): Promise<boolean> {
  const look = async () => {
    const wasOver = isOver()
    const {exitCode, stdout} = await ask(cluster, node, sessionsOf(session))
    return exitCode === 0 && stdout.trim() === '' && wasOver ? holds(true) : notYet('it is there')
  }
  const what = `the session ${session} to end`
  return awaitUntil(look, {clock, withinMs: endMs, everyMs: 200, what, tolerant: true}).catch(() => false)
}

function notHeard(
  node: string,
  lab: string,
  {session, isAbort, isGone}: {readonly session: string; readonly isAbort: boolean; readonly isGone: boolean},
): HlError {
  const what = isAbort ? 'interrupted' : `${node} did not answer within ${(statementMs + saidMs) / 1_000} s`
  const how = isGone
    ? `the session on ${node} was ended and is gone: what it had not committed by then never is`
    : `the session on ${node} could not be seen to end: the statement may still run there, and be committed`
  return new HlError(isAbort ? 'INTERRUPTED' : 'TIMEOUT', `${what}; ${how}`, {
    next: isGone
      ? [hint('psql', {lab, why: 'a prompt has no limit'})]
      : [hint('psql', {args: [sessionsOf(session)], flags: {node}, lab}), hint('status', {lab})],
  })
}

/** psql's exit code when the server took no session. */
const noSession = 2

/**
 * PURE: what became of a statement that did not succeed; null: it went well. TIMEOUT when the server cancelled it,
 * LAB_UNHEALTHY when it took no session or could not do its work, STATEMENT_FAILED with its words for all else.
 */
export function statementError(node: string, {exitCode, stderr}: ExecResult): HlError | null {
  if (exitCode === 0) return null
  if (exitCode === noSession)
    return new HlError('LAB_UNHEALTHY', `PostgreSQL of ${node} takes no session: ${stderr.trim()}`, {
      next: [hint('status'), hint('logs', {args: [node]})],
    })
  const {state, text} = saidOf(stderr)
  if (/canceling statement due to statement timeout/.test(text))
    return new HlError(
      'TIMEOUT',
      `${node} cancelled the statement after its statement_timeout, by default ${statementMs / 1_000} s: what it ` +
        'had not committed never is',
      {next: [hint('psql', {why: 'a prompt has no limit'})]},
    )
  // Connections, resources, an operator, the system, and what it calls internal (PostgreSQL, "Error Codes").
  if (/^(?:08|53|57P|58|XX)/.test(state))
    return new HlError('LAB_UNHEALTHY', `${node} could not carry the statement out: ${text}`, {
      next: [hint('status'), hint('logs', {args: [node]})],
    })
  return new HlError('STATEMENT_FAILED', text, {next: nextAfter(state)})
}

/** PURE: what psql told at VERBOSITY verbose, without the place in PostgreSQL's sources. */
function saidOf(stderr: string): {readonly state: string; readonly text: string} {
  const state = /^(?:ERROR|FATAL): +([0-9A-Z]{5}):/m.exec(stderr)?.[1] ?? ''
  const lines = stderr.split('\n').filter(line => !line.startsWith('LOCATION:'))
  const text = lines.map(line => line.replace(/^(ERROR|FATAL): +[0-9A-Z]{5}: /, '$1:  ')).join('\n')
  return {state, text: `${text.trim()}${state === '' ? '' : ` (SQLSTATE ${state})`}`}
}

function nextAfter(state: string): readonly NextStep[] {
  if (state === '25006') return ['without --node and --read it goes to the primary, which takes writes']
  if (state === '42501') return ['choose another --role: postgres may do everything']
  return [state.startsWith('42') ? 'correct the statement' : 'the server says what is in its way']
}
