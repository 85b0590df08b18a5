// How far the archive is behind the primary. Invariant: what counts is WAL without a gap; a server that does not answer
// gives no number, never a zero. Not here: what is in the archive (read-archive.ts, wal/).
import type {ArchiveListing} from '../model/backup.ts'
import {parseLsn, type Lsn} from '../model/lsn.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import {psqlOn} from './ask-node.ts'
import {archiveLagBytes} from './wal/archive-gaps.ts'

export interface PrimaryPosition {
  readonly node: string
  readonly systemIdentifier: string
  readonly timeline: number
  readonly lsn: Lsn
  /** What the archive's own receiver has written; null when none is connected. */
  readonly receivedLsn: Lsn | null
}

const withinMs = 10_000

/** null: there is no primary, or it does not answer. */
export async function primaryPosition(cluster: Cluster): Promise<PrimaryPosition | null> {
  const {primary} = await cluster.state()
  if (primary === null) return null
  const answer = await psqlOn(cluster, primary, question, {timeoutMs: withinMs}).catch((error: unknown) => {
    if (error instanceof HlError && error.code === 'LAB_UNHEALTHY') return ''
    throw error
  })
  const [systemIdentifier = '', timeline = '', lsnText = '', received = ''] = answer.split('|')
  const lsn = parseLsn(lsnText)
  return lsn === null
    ? null
    : {node: primary, systemIdentifier, timeline: Number(timeline), lsn, receivedLsn: parseLsn(received)}
}

const question = `SELECT s.system_identifier, ('x' || left(pg_walfile_name(w.lsn), 8))::bit(32)::int, w.lsn,
  (SELECT max(write_lsn) FROM pg_stat_replication WHERE application_name = 'hl_archive')
  FROM pg_control_system() s, (SELECT pg_current_wal_lsn() AS lsn) w`

/**
 * PURE: bytes of WAL that the archive lacks; what a receiver has written of the segment that follows counts as there.
 * null when nobody can say.
 */
export function lagOf(
  listing: ArchiveListing,
  {lsn, timeline, receivedLsn}: Pick<PrimaryPosition, 'lsn' | 'timeline' | 'receivedLsn'>,
): number | null {
  const lag = archiveLagBytes(listing, lsn, timeline)
  if (lag === null || receivedLsn === null) return lag
  const contiguousTo = lsn - BigInt(lag)
  const goesOn = receivedLsn > contiguousTo && receivedLsn - contiguousTo <= BigInt(listing.segmentBytes)
  return goesOn ? Number(lsn > receivedLsn ? lsn - receivedLsn : 0n) : lag
}
