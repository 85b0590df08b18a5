// Is a restored cluster sound? Invariants: every question goes to the server that was restored, in every database, in
// sessions of hl's own settings (verifier-session.ts); each answer is a check with what was seen, and one that did not
// come is unknown; every wait has an end, and an abort ends the sessions on the server.
// Not here: the questions (server-questions.ts), what an answer means (judge-server.ts), whether it holds the right
// rows (src/measure judges that from the history), the stored backup (verify-backup.ts).
import type {Clock, Cluster, ExecResult} from '../../model/ports.ts'
import type {Check} from '../../model/verdict.ts'
import {endingSessions} from '../end-sessions.ts'
import {judgeContents, judgeDatabases, judgeServer, type Asked, type DatabaseAnswers} from './judge-server.ts'
import {
  databasesQuestion,
  pagesQuestion,
  parseAnswer,
  rowsQuestion,
  serverQuestion,
  type DatabaseSeen,
  type PagesSeen,
  type Problem,
  type RowsSeen,
  type ServerSeen,
} from './server-questions.ts'
import {asVerifier, lockWaitMs, toDatabase, verifierName, verifierPsql} from './verifier-session.ts'

const shownLines = 3
/** Longer than a statement may take on the server, which then says so itself. */
export const verifyMs = 6.5 * 3_600_000

/** A program beside the server, as the user postgres. */
export type Exec = (argv: readonly string[]) => Promise<ExecResult>

/**
 * Every check by the name that reports use; `primary` is the restored cluster's. What an abort ends is told as that.
 */
export async function verifyRestored(
  cluster: Cluster,
  primary: string,
  {clock, signal}: {readonly clock: Clock; readonly signal?: AbortSignal | undefined},
): Promise<readonly Check[]> {
  const whose = `application_name = '${verifierName}'`
  return endingSessions(cluster, clock, {node: primary, whose, signal}, async () =>
    verifyServer(async argv => {
      signal?.throwIfAborted()
      const result = await cluster.exec(primary, argv, {user: 'postgres', timeoutMs: verifyMs})
      signal?.throwIfAborted()
      return result
    }),
  )
}

/** The same of any server that was restored and takes writes. */
export async function verifyServer(exec: Exec): Promise<readonly Check[]> {
  const asked = await ask<{readonly databases: readonly DatabaseSeen[]}>(
    exec,
    'postgres',
    [databasesQuestion],
    ['databases'],
  )
  if ('problem' in asked) return notAsked(asked.problem)
  const {databases} = asked.seen
  const answers: DatabaseAnswers[] = []
  for (const database of databases.filter(({open, invalid}) => open && !invalid))
    answers.push(await lookInto(exec, database))
  // Reading counts the pages that fail their checksum.
  const server = await ask<ServerSeen>(
    exec,
    'postgres',
    [serverQuestion],
    ['checksums', 'roles', 'timeline', 'prepared'],
  )
  return [...judgeDatabases(databases), ...judgeContents(answers), ...judgeServer(server)]
}

/** Pages and rows side by side: both read everything. */
async function lookInto(exec: Exec, {name: database, encoding}: DatabaseSeen): Promise<DatabaseAnswers> {
  const [pages, rows] = await Promise.all([
    ask<PagesSeen>(exec, database, pagesQuestion, ['tables', 'indexes', 'others', 'invalid', 'problems']),
    ask<RowsSeen>(exec, database, rowsQuestion, ['tables', 'rows', 'problems', 'sequences', 'behind', 'unlogged']),
  ])
  return {database, pages, rows, definitions: await definitions(exec, database, encoding)}
}

async function definitions(exec: Exec, database: string, encoding: string): Promise<Asked<null>> {
  const {exitCode, stderr} = await exec(
    asVerifier(
      'pg_dump',
      '--schema-only',
      '--no-password',
      '--file=/dev/null',
      `--encoding=${encoding}`,
      `--lock-wait-timeout=${lockWaitMs}`,
      `--dbname=${toDatabase(database)}`,
    ),
  )
  return exitCode === 0 ? {seen: null} : {problem: problemOf(stderr)}
}

async function ask<T>(
  exec: Exec,
  database: string,
  statements: readonly string[],
  fields: readonly (keyof T & string)[],
): Promise<Asked<T>> {
  const {exitCode, stdout, stderr} = await exec(verifierPsql(database, ...statements))
  const seen = exitCode === 0 ? parseAnswer<T>(stdout, fields) : null
  return seen === null ? {problem: problemOf(exitCode === 0 ? `no answer: ${stdout.slice(0, 200)}` : stderr)} : {seen}
}

/** A question without an answer must not pass for one with nothing to say. */
function notAsked(problem: Problem): readonly Check[] {
  const detail = `the restored server does not say which databases it has: ${problem.said}`
  return ['amcheck', 'dump-readable', 'checksums', 'roles', 'own-timeline'].map(name => ({
    name,
    verdict: 'unknown',
    detail,
  }))
}

/** Of a program that tells no SQLSTATE. */
function problemOf(stderr: string): Problem {
  const said = stderr.trim().split('\n').slice(0, shownLines).join(' / ').slice(0, 400)
  return {relation: '', state: '', said: said === '' ? 'no words' : said}
}
