// PURE: what the exporter remembers of a primary: where its WAL was at each scrape, and whether a transaction had ended
// since the one before. From that follows for how long somebody who stands at a position lacks a transaction. Why not
// now() - pg_last_xact_replay_timestamp(): it grows on an idle primary. Why not pg_stat_replication: it is empty once
// the line is cut. Why not the position alone: checkpoints move it, and lose nobody anything. Invariant: moments are of
// the exporter's own monotonic clock, never of a server.
import type {Lsn} from '../model/lsn.ts'

export interface WalPoint {
  readonly atMs: number
  readonly timeline: number
  readonly lsn: Lsn
  /** The same text: between the two no transaction that wrote has ended, or was prepared. */
  readonly activity: string
}

/** Of one primary on one timeline, oldest first. */
export type WalHistory = readonly WalPoint[]

const keptMs = 6 * 3_600_000

/** A promotion, or data that was put back, begins it anew: positions of before say nothing of those of now. */
export function withPoint(history: WalHistory, point: WalPoint): WalHistory {
  const last = history.at(-1)
  const goesOn = last?.timeline === point.timeline && last.lsn <= point.lsn
  return [...(goesOn ? history.filter(({atMs}) => point.atMs - atMs <= keptMs) : []), point]
}

/**
 * For how many ms, at least, a transaction has been missing up to `lsn`; 0: none is. null: it is not known, since what
 * the history tells begins behind that position and nothing has ended since.
 */
export function missingForMs(history: WalHistory, lsn: Lsn, nowMs: number): number | null {
  const held = history.findLastIndex(point => point.lsn <= lsn)
  const base = history[Math.max(held, 0)]
  if (base === undefined) return null
  const first = history.slice(Math.max(held, 0) + 1).find(({activity}) => activity !== base.activity)
  if (first !== undefined) return Math.max(0, nowMs - first.atMs)
  return held === -1 ? null : 0
}
