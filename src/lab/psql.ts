// SQL on a node through psql in its container, over the local socket: no password leaves the lab. Not here: what an
// answer means.
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster, ExecResult} from '../model/ports.ts'
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

/** Several statements in the database hl, by stdin; the first that fails ends it. */
export async function runScript(cluster: Executes, node: string, sql: string): Promise<ExecResult> {
  return cluster.exec(node, [...argvFor('hl'), '-f', '-'], {user: 'postgres', stdin: sql, timeoutMs: 60_000})
}

export const roles = ['postgres', 'hl_app', 'hl_readonly', 'hl_monitoring', 'hl_migrations'] as const
export type SqlRole = (typeof roles)[number]

/** psql as a person uses it: in the database hl, as `role`, with headings. */
const promptArgv = (role: SqlRole): readonly string[] => ['env', `PGOPTIONS=-c role=${role}`, 'psql', '-d', 'hl']

/** A prompt on this terminal until the person ends it; was psql content? */
export async function openPrompt(container: string, role: SqlRole): Promise<boolean> {
  return (await attachDocker(['exec', '-it', '-u', 'postgres', container, ...promptArgv(role)])) === 0
}

/** A person's statement, as `role`; psql's own output, and its failure. */
export async function askAs(cluster: Executes, node: string, role: SqlRole, sql: string): Promise<ExecResult> {
  return cluster.exec(node, [...promptArgv(role), '-X', '-v', 'ON_ERROR_STOP=1', '-c', sql], {
    user: 'postgres',
    timeoutMs: 60_000,
  })
}

/** psql's exit code when the server took no session. */
const noSession = 2

/**
 * PURE: LAB_UNHEALTHY when the server took no session, USAGE with its words about the statement; null: it went well.
 */
export function statementError(node: string, {exitCode, stderr}: ExecResult): HlError | null {
  if (exitCode === 0) return null
  if (exitCode !== noSession) return new HlError('USAGE', stderr.trim(), {next: ['correct the statement']})
  return new HlError('LAB_UNHEALTHY', `PostgreSQL of ${node} takes no session: ${stderr.trim()}`, {
    next: [hint('status'), hint('logs', {args: [node]})],
  })
}
