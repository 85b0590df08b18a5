// What is wrong with a lab beside its clusters, with what only its archive tells: can what is written now be restored?
// Invariant: what could not be looked at is said to be unknown. Not here: the rest of it (src/lab/observe).
import {primaryPosition} from '../backup/archive-lag.ts'
import {readArchive} from '../backup/read-archive.ts'
import {whyNotRestorable} from '../backup/restore/reachable-windows.ts'
import type {Docker} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import type {Condition} from '../lab/observe/lab-conditions.ts'
import {readConditions} from '../lab/observe/read-conditions.ts'
import {hint} from '../model/command-hint.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

/** Worst first; empty: nothing that could be seen. */
export async function allConditions(
  docker: Docker,
  lab: Pick<ConnectedLab, 'cluster' | 'clusters' | 'clients'>,
): Promise<readonly Condition[]> {
  const [conditions, ...exposed] = await Promise.all([
    readConditions(docker, lab),
    ...lab.clusters.map(async ({cluster}) => exposureOf(cluster)),
  ])
  // Nothing else is to be done before it is mended.
  return conditions.some(({blocks}) => blocks === true) ? conditions : [...exposed.flat(), ...conditions]
}

/**
 * Why nothing can be restored that the primary writes now, of an archive that holds a backup; null where it can, where
 * there is none yet, or where nobody says.
 */
export async function exposedOf(cluster: Cluster, listings: readonly ArchiveListing[]): Promise<string | null> {
  const position = await primaryPosition(cluster).catch(() => null)
  const own = listings.find(({systemIdentifier}) => systemIdentifier === position?.systemIdentifier)
  return position === null || own === undefined || own.backups.length === 0
    ? null
    : whyNotRestorable(own, position.timeline)
}

/** Of one cluster of a lab. */
export async function exposureOf(cluster: Cluster): Promise<readonly Condition[]> {
  if (cluster.archive === 'none') return []
  const {lab} = cluster
  try {
    const why = await exposedOf(cluster, await readArchive(cluster))
    return why === null ? [] : [{text: exposedText(why), fix: [hint('backups create', {flags: {kind: 'full'}, lab})]}]
  } catch (error) {
    // An archive that does not run is told as such already; one that runs may be slow to list what it holds.
    if (!(error instanceof HlError)) throw error
    if (error.code !== 'ARCHIVE_MISSING' && error.code !== 'TIMEOUT') return []
    return [
      {
        text: `whether what is written now can be restored is unknown: ${error.message}`,
        fix: [hint('logs', {args: ['archive'], lab})],
      },
    ]
  }
}

/** PURE: for a person. */
export function exposedText(why: string): string {
  return `EXPOSED: what the primary writes now cannot be restored: ${why}`
}
