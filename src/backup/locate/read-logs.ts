// The server logs of all members, for the search of a statement. Invariant: a member whose log cannot be had is named,
// since it may be the one that ran the statement; the others are read all the same.
// Not here: what a statement in them means (match-statement.ts).
import type {Cluster} from '../../model/ports.ts'
import {readStatementLog, type StatementLog} from './match-statement.ts'

export interface ServerLogs {
  /** As PostgreSQL wrote them, without the time that Docker puts before each line. */
  readonly logs: readonly string[]
  /** Members without a log that could be read, as one whose container is gone. */
  readonly silent: readonly string[]
}

export async function readServerLogs(cluster: Pick<Cluster, 'members' | 'logs'>): Promise<ServerLogs> {
  const all = await Promise.all(
    cluster.members.map(async member => ({member, log: await cluster.logs(member, null).catch(() => null)})),
  )
  return {
    logs: all.flatMap(({log}) => (log === null ? [] : [withoutStamps(log)])),
    silent: all.flatMap(({member, log}) => (log === null ? [member] : [])),
  }
}

/** PURE */
export function withoutStamps(log: string): string {
  return log.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, '')
}

/** PURE: what several servers logged, matches by the time at which they began. */
export function findStatements(logs: readonly string[], pattern: RegExp): StatementLog {
  const read = logs.map((log, index) => readStatementLog(log.split('\n'), pattern, `${index}.`))
  return {
    matches: read.flatMap(({matches}) => matches).toSorted((a, b) => a.startedMs - b.startedMs),
    statements: read.flatMap(({statements}) => statements),
    sessionOf: new Map(read.flatMap(({sessionOf}) => [...sessionOf])),
    unread: read.reduce((sum, {unread}) => sum + unread, 0),
  }
}
