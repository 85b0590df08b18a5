// A write whose outcome is unknown, and a query that tells whether it is there: when may its answer be believed? Pure.
// Not here: asking (settle.ts), waiting (requests/dispatcher.ts).
// Invariant: a write is sent again only where its absence is final, so on no timeline is it ever applied twice.

/**
 * One run of one server as a primary. All connections that were made while it was a primary end with it, and its
 * timeline never changes.
 */
export interface ServerLife {
  readonly node: string
  /** The server's own word on the connection at hand, not Patroni's: that one may be older than the connection. */
  readonly timeline: number
  /** pg_postmaster_start_time() in µs, as text; compared for equality only, since it is a server's clock. */
  readonly startedAt: string
}

/** What the proof said on the connection at hand. */
export type Seen = 'not-asked' | 'found' | 'absent'

/**
 * ask: the proof's answer would be final here. applied, send-again: it was, and this follows. wait: nothing can be
 * concluded here.
 */
export type Settlement = 'ask' | 'applied' | 'send-again' | 'wait'

/**
 * `lost` is the life in which the write was sent, `here` that of the connection on which the proof runs (null: it is in
 * recovery).
 *
 * Why absence is final on a higher timeline: a timeline begins at a fixed place in the history before it. Its primary
 * takes writes only once it has replayed everything before that place, and nothing that the old primary writes behind
 * it can enter. So what is not visible there now, of an attempt in an older life, never will be. A zombie on the old
 * timeline may still commit the row locally; the row dies with that timeline. With asynchronous replication the same
 * holds:
 * the row may have been acknowledged to nobody and be gone with the failover, and sending it again is right.
 *
 * Why it is final after a restart on the same timeline: PostgreSQL does not start on a data directory while backends of
 * the last run live, and takes writes only when crash recovery is complete. A crash of one backend keeps the
 * postmaster, and so its start time: then nothing is concluded.
 *
 * On the same life nothing is concluded: the old backend may still be committing, or waiting for a standby. A lower
 * timeline, or the same one on another node, says nothing about this write.
 *
 * Why not pg_xact_status(): the new timeline may give an xid that was never shipped to another transaction. The rule
 * "present = committed, absent = safe to send again, on a higher timeline only" is that of a commit token, with the
 * caller's own unique id as the token.
 *
 * Limits: the connection leads to the server itself (behind a pooler that shares server connections, its life is not
 * that of the statement), and the proof is what it says it is (see Proof in requests/proof.ts).
 */
export function decideSettlement(lost: ServerLife, here: ServerLife | null, seen: Seen): Settlement {
  if (here === null || !isFinalOn(here, lost)) return 'wait'
  if (seen === 'not-asked') return 'ask'
  return seen === 'found' ? 'applied' : 'send-again'
}

function isFinalOn(here: ServerLife, lost: ServerLife): boolean {
  if (here.timeline !== lost.timeline) return here.timeline > lost.timeline
  return here.node === lost.node && here.startedAt !== lost.startedAt
}
