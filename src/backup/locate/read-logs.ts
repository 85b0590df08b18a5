// The server logs of all members, for the search of a statement. Invariant: a member that tells nothing is left out,
// since any other may have run the statement.
// Not here: what a statement in them means (match-statement.ts).
import type {Cluster} from '../../model/ports.ts'
import {readStatementLog, type StatementLog} from './match-statement.ts'

/** As PostgreSQL wrote them, without the time that Docker puts before each line. */
export async function readServerLogs(cluster: Cluster): Promise<readonly string[]> {
  const logs = await Promise.all(cluster.members.map(async member => cluster.logs(member, null).catch(() => '')))
  return logs.map(withoutStamps)
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
