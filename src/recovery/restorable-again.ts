// Can what a restore made be restored in its turn? Invariant: what could not be looked at is unknown, never a pass. Not
// here: the new lab of a restore beside one, whose archive is empty until its first backup.
import {messageOf} from '../model/errors.ts'
import {flushWal, NotArchived} from '../backup/flush-wal.ts'
import {readListing} from '../backup/read-archive.ts'
import {whyNotRestorable} from '../backup/restore/reachable-windows.ts'
import type {Cluster} from '../model/ports.ts'
import type {Check} from '../model/verdict.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

/** Brings the first WAL of the new timeline into the archive, and looks for a way there. */
export async function restorableAgain(
  {clock, signal}: Pick<RecoveryPorts, 'clock' | 'signal'>,
  cluster: Cluster,
): Promise<Check> {
  const name = 'restorable-again'
  try {
    const flushed = await flushWal(cluster, clock, {signal})
    if (flushed === null) return {name, verdict: 'unknown', detail: 'there is no primary now'}
    const {systemIdentifier, timeline} = flushed
    const why = whyNotRestorable(await readListing(cluster, systemIdentifier), timeline)
    return why === null
      ? {name, verdict: 'pass', detail: `the archive leads to what is written now, on timeline ${timeline}`}
      : {name, verdict: 'fail', detail: `what is written now cannot be restored: ${why}; take a full backup`}
  } catch (error) {
    if (error instanceof NotArchived && error.code !== 'TIMEOUT')
      return {name, verdict: 'fail', detail: `what is written now does not come into the archive: ${error.message}`}
    return {name, verdict: 'unknown', detail: messageOf(error)}
  }
}
