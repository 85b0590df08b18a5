// One statement through psql. Invariant: a member that does not answer is an error, never an empty answer.
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

export interface PsqlOptions {
  /** postgres unless told. */
  readonly database?: string
  /** 30 s unless told. */
  readonly timeoutMs?: number
}

const withinMs = 30_000

/** Without ON_ERROR_STOP the exit code is that of the last statement alone. */
const plain = ['-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1']

/** PURE: psql that prints unaligned rows without headings; `to` is its -d: a database or a connection string. */
export function psqlWords(to: string, ...statements: readonly string[]): readonly string[] {
  return ['psql', ...plain, '-d', to, ...statements.flatMap(sql => ['-c', sql])]
}

/**
 * What the statements print, each in a transaction of its own, without the space around it. LAB_UNHEALTHY with the
 * server's words when one fails.
 */
export async function psqlOn(
  cluster: Pick<Cluster, 'lab' | 'exec'>,
  member: string,
  statements: string | readonly string[],
  {database = 'postgres', timeoutMs = withinMs}: PsqlOptions = {},
): Promise<string> {
  const all = typeof statements === 'string' ? [statements] : statements
  const {exitCode, stdout, stderr} = await cluster.exec(member, psqlWords(database, ...all), {
    user: 'postgres',
    timeoutMs,
  })
  if (exitCode === 0) return stdout.trim()
  throw new HlError('LAB_UNHEALTHY', `${member} does not answer: ${stderr.trim().slice(0, 300)}`, {
    next: [hint('status', {lab: cluster.lab}), hint('logs', {args: [member], lab: cluster.lab})],
  })
}
