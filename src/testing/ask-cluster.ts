// What a test asks a node for: rows, and its log. Not here: which node (started-cluster.ts).
import {logLines} from '../lab/docker/collect-logs.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {serviceOf} from '../lab/lifecycle/lab-description.ts'
import {askAs, rowsOf, statementError, type SqlRole} from '../lab/psql.ts'
import type {Clock, Cluster} from '../model/ports.ts'

export interface AskOptions {
  readonly as: SqlRole
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The rows of one statement. Errors: STATEMENT_FAILED, LAB_UNHEALTHY, TIMEOUT. */
export async function askRows(
  cluster: Cluster,
  node: string,
  sql: string,
  {as, clock, signal}: AskOptions,
): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const result = await askAs(cluster, node, as, sql, {clock, signal, csv: true})
  const error = statementError(node, result)
  if (error !== null) throw error
  return rowsOf(sql, result).rows
}

/** All that it has logged, without Docker's times. NODE_UNKNOWN. */
export async function nodeLog({cluster, description}: ConnectedLab, node: string): Promise<string> {
  const text = await cluster.logs(serviceOf(description, node).name, null)
  return logLines(text)
    .map(line => `${line.text}\n`)
    .join('')
}
