// Reads what servers and Patroni answered about the final state. Invariant: total; what is not of the expected shape is
// null or left out, never guessed.
import {formatLsn, parseLsn} from '../model/lsn.ts'
import type {Lsn} from '../model/lsn.ts'
import type {FinalState} from '../model/history.ts'
import {parseTimeline} from './outcome.ts'

export interface NodePosition {
  readonly inRecovery: boolean
  /** null on a standby: WAL file names are the primary's. */
  readonly timeline: number | null
  /** Written by a primary, replayed by a standby. */
  readonly lsn: Lsn | null
}

export type Row = Readonly<Record<string, unknown>> | null

/** The answer to the position statement; null when it is none. */
export function parsePosition(row: Row): NodePosition | null {
  const inRecovery = row?.['in_recovery']
  if (typeof inRecovery !== 'boolean') return null
  const lsn = row?.['lsn']
  return {inRecovery, timeline: parseTimeline(row?.['timeline']), lsn: typeof lsn === 'string' ? parseLsn(lsn) : null}
}

/** Ids joined with commas; null when it is not that. Empty text is no id at all. */
export function parseIds(value: unknown): readonly number[] | null {
  if (typeof value !== 'string' || !/^(\d+(,\d+)*)?$/.test(value)) return null
  return value === '' ? [] : value.split(',').map(Number)
}

/** A node's count and content hash; null when it is not that. */
export function parseContent(row: Row): {readonly rows: number; readonly hash: string} | null {
  const rows = row?.['rows']
  const hash = row?.['hash']
  return typeof rows === 'number' && typeof hash === 'string' ? {rows, hash} : null
}

/**
 * Patroni's GET /history: `[[timeline, lsn, reason, timestamp, new leader], …]`, with the position as a number of
 * bytes.
 */
export function parseHistory(body: unknown): FinalState['switchPoints'] {
  if (!Array.isArray(body)) return []
  const entries: readonly unknown[] = body
  return entries.flatMap(entry => {
    if (!Array.isArray(entry)) return []
    const fields: readonly unknown[] = entry
    const [timeline, bytes] = fields
    if (typeof timeline !== 'number' || typeof bytes !== 'number' || !Number.isSafeInteger(bytes)) return []
    return [{timeline, lsn: formatLsn(BigInt(bytes))}]
  })
}

/** A node, what it says of itself, and whether Patroni says that it holds the leader lock. */
export interface Candidate {
  readonly node: string
  readonly position: NodePosition
  readonly holdsLock: boolean
}

/**
 * The primary to read from: the one that is not in recovery and holds the leader lock. null when nobody or more than
 * one says so of himself: without the lock a node may be the side that the others have left, and it would still have
 * all that it ever acknowledged.
 */
export function choosePrimary<T extends Candidate>(candidates: readonly T[]): T | null {
  const holders = candidates.filter(candidate => !candidate.position.inRecovery && candidate.holdsLock)
  return holders.length === 1 ? (holders[0] ?? null) : null
}
