// The state of a lab's backups, told at each look of the schedule to whoever publishes it. Invariant: backups go on
// where nobody can be told: whatever fails is noted. Not here: what is published of it (src/monitor), where it goes.
import {lagOf, type PrimaryPosition} from '../backup/archive-lag.ts'
import {commitReader} from '../backup/last-archived-commit.ts'
import type {Outcome} from '../backup/schedule/decide-due.ts'
import type {ArchiveListing} from '../model/backup.ts'
import type {Cluster} from '../model/ports.ts'
import {messageOf} from '../model/errors.ts'

export interface ScheduleState {
  readonly listing: ArchiveListing
  /** Oldest first. */
  readonly outcomes: readonly Outcome[]
  /** WAL that the archive lacks; null: nobody can say. */
  readonly lagBytes: number | null
  /** Commit time of the last transaction that the archive surely holds. */
  readonly lastCommitEpochMs: number | null
}

export type Publish = (state: ScheduleState) => Promise<void>

export type TellState = (
  listing: ArchiveListing,
  position: PrimaryPosition | null,
  outcomes: readonly Outcome[],
) => Promise<void>

/** `publish` absent: nobody wants it. */
export function stateTeller(cluster: Cluster, publish: Publish | undefined, note: (text: string) => void): TellState {
  const lastCommit = commitReader(cluster)
  // It is tried again at every look; the same is said once.
  let told = ''
  return async (listing, position, outcomes) => {
    if (publish === undefined) return
    try {
      await publish({
        listing,
        outcomes,
        lagBytes: position === null ? null : lagOf(listing, position),
        lastCommitEpochMs: await lastCommit(listing, position?.timeline ?? null),
      })
      told = ''
    } catch (error) {
      const text = `the metrics could not be written: ${messageOf(error)}`
      if (text !== told) note(text)
      told = text
    }
  }
}
