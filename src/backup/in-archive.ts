// Runs a program where a backup is made: in the archive node, or in the node that hands an encrypted one over.
// Invariant: a program that fails is BACKUP_FAILED with its last words.
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

export const askMs = 30_000

export interface ProgramOptions {
  readonly timeoutMs?: number
  readonly stdin?: string
  /** archive unless told. */
  readonly service?: string
}

/** What it prints, without the space around it. */
export async function runFor(
  cluster: Cluster,
  argv: readonly string[],
  {timeoutMs = askMs, stdin, service = 'archive'}: ProgramOptions = {},
): Promise<string> {
  const {exitCode, stdout, stderr} = await cluster.exec(service, argv, {
    user: 'postgres',
    timeoutMs,
    ...(stdin === undefined ? {} : {stdin}),
  })
  if (exitCode === 0) return stdout.trim()
  throw new HlError(
    'BACKUP_FAILED',
    `${argv[0] === 'env' ? 'psql' : (argv[0] ?? '')} in the ` +
      `${service === 'archive' ? 'archive node' : `node ${service}`} failed: ${lastLines(stderr)}`,
    {next: [hint('logs', {args: [service], lab: cluster.lab}), hint('status')]},
  )
}

/** A script, which ends at the first command that fails. */
export async function scriptIn(cluster: Cluster, script: string, options: ProgramOptions = {}): Promise<string> {
  return runFor(cluster, ['sh', '-euc', script], options)
}

/** PURE: the end of what a program said, as one line. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' / ')
}
