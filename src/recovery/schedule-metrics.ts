// The state of a lab's backups as metrics, at each look of the schedule. Invariant: backups go on without metrics:
// whatever fails is noted. Not here: their names (src/backup/schedule/metrics-text.ts), where they go.
import {lagOf, type PrimaryPosition} from '../backup/archive-lag.ts'
import {lastArchivedCommit, lastSegments} from '../backup/last-archived-commit.ts'
import type {Outcome} from '../backup/schedule/decide-due.ts'
import {metricsText} from '../backup/schedule/metrics-text.ts'
import type {ArchiveListing} from '../model/backup.ts'
import type {Cluster} from '../model/ports.ts'
import {messageOf} from '../model/errors.ts'

export type TellMetrics = (
  listing: ArchiveListing,
  position: PrimaryPosition | null,
  outcomes: readonly Outcome[],
) => Promise<void>

/** `write` absent: nobody wants them. The WAL is read again only when there is more of it. */
export function metricsTeller(
  cluster: Cluster,
  write: ((text: string) => void) | undefined,
  note: (text: string) => void,
): TellMetrics {
  let known: {readonly segment: string; readonly epochMs: number | null} = {segment: '', epochMs: null}
  // It is tried again at every look; the same is said once.
  let told = ''
  return async (listing, position, outcomes) => {
    if (write === undefined) return
    try {
      const segments = position === null ? [] : lastSegments(listing, position.timeline)
      const [segment = ''] = segments
      if (segment !== known.segment) known = {segment, epochMs: await lastArchivedCommit(cluster, listing, segments)}
      write(
        metricsText({
          cluster: cluster.lab,
          listing,
          outcomes,
          lagBytes: position === null ? null : lagOf(listing, position),
          lastCommitEpochMs: known.epochMs,
        }),
      )
      told = ''
    } catch (error) {
      const text = `the metrics could not be written: ${messageOf(error)}`
      if (text !== told) note(text)
      told = text
    }
  }
}
