// The server logs of all members, for the search of a statement. Invariant: a member that tells nothing is left out,
// since any other may have run the statement.
// Not here: what a statement in them means (match-statement.ts).
import type {Cluster} from '../../model/ports.ts'

/** As PostgreSQL wrote them, without the time that Docker puts before each line. */
export async function readServerLogs(cluster: Cluster): Promise<readonly string[]> {
  const logs = await Promise.all(cluster.members.map(async member => cluster.logs(member, null).catch(() => '')))
  return logs.map(withoutStamps)
}

/** PURE */
export function withoutStamps(log: string): string {
  return log.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, '')
}
