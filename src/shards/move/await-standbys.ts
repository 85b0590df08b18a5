// Who has just taken the groups keeps them: its standbys have the switch, before the other side lets go. Otherwise a
// failover of the one would leave the groups with nobody, when the other has let them go already. Invariants: nothing
// that serves waits for it; a standby that is away is waited for only so long, and then told of. Not here: which slots
// survive a failover (move-channel.ts).
import {nowMs, pause} from '../time/pause.ts'
import type {MoveContext, MoveSide} from './move-context.ts'

const lookMs = 20

/** Standbys that lack what the server has written to `$1`; a slot that nobody reads is of a member that is away. */
const lackingText = `SELECT coalesce(json_agg(name ORDER BY name), '[]')::text AS names FROM (
  SELECT coalesce(s.slot_name::text, r.application_name) AS name FROM pg_stat_replication AS r
    LEFT JOIN pg_replication_slots AS s ON s.active_pid = r.pid
    WHERE r.state IN ('streaming', 'catchup') AND s.slot_type IS DISTINCT FROM 'logical'
      AND r.application_name NOT LIKE 'hl\\_move\\_%' AND r.application_name <> 'pg_receivewal'
      AND (r.flush_lsn < $1::pg_lsn) IS NOT FALSE
  UNION SELECT slot_name::text FROM pg_replication_slots
    WHERE slot_type = 'physical' AND NOT active AND wal_status <> 'lost' AND restart_lsn < $1::pg_lsn
) AS standby`

/** Of the side that owns the groups now. Resolves after `replyMs` at the latest. */
export async function awaitStandbys(
  {limits, tell}: Pick<MoveContext, 'limits' | 'tell'>,
  side: MoveSide,
): Promise<void> {
  const {session, server} = side
  const [now] = await session.rows<{lsn: string}>('SELECT pg_current_wal_flush_lsn()::text AS lsn')
  const untilMs = nowMs() + limits.replyMs
  for (;;) {
    const [row] = await session.rows<{names: string}>(lackingText, [now?.lsn])
    const names = JSON.parse(row?.names ?? '[]') as readonly string[]
    if (names.length === 0) return
    if (nowMs() >= untilMs) {
      tell({
        kind: 'warning',
        message: `${names.join(', ')} of ${server.name} has not got the switch within ${limits.replyMs} ms: a failover to it would take the groups from ${server.name} again; bring it back before anything else`,
      })
      return
    }
    await pause(lookMs)
  }
}
