// What a restored shard has that is not its own any more: rows of groups that are elsewhere by now, and moves that have
// ended since. Invariant: only while the shard is in quarantine, so nobody writes to it. Not here: what is its own
// (plan-reconcile.ts).
import type {MoveSession} from '../move/move-session.ts'
import {identifier, inGroups, literal, readMovingTables} from '../move/moving-tables.ts'

/** Nobody may write here, so one statement for each table will do. */
export async function removeForeignRows(
  session: MoveSession,
  groups: readonly number[],
  longMs: number,
): Promise<number> {
  let rows = 0
  await session.rows('BEGIN')
  // Neither the fence nor foreign keys: what refers to a row goes with it.
  await session.rows('SET LOCAL session_replication_role = replica')
  for (const table of await readMovingTables(session)) {
    const [removed] = await session.rows<{count: number}>(
      `WITH gone AS (DELETE FROM ${table.name} WHERE ${inGroups(table, groups)} RETURNING 1)
       SELECT count(*)::int4 AS count FROM gone`,
      [],
      longMs,
    )
    rows += removed?.count ?? 0
  }
  await session.rows('COMMIT')
  return rows
}

/** Its slots are gone with the restore, so its subscriptions are taken away without them. */
export async function forgetMove(session: MoveSession, id: string): Promise<void> {
  const named = `IN ('hl_move_' || $1, 'hl_move_' || $1 || '_back')`
  const subscriptions = await session.rows<{name: string}>(
    `SELECT subname AS name FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid
     WHERE datname = current_database() AND subname ${named}`,
    [id],
  )
  for (const {name} of subscriptions) {
    await session.rows(`ALTER SUBSCRIPTION ${identifier(name)} DISABLE`)
    await session.rows(`ALTER SUBSCRIPTION ${identifier(name)} SET (slot_name = NONE)`)
    await session.rows(`DROP SUBSCRIPTION ${identifier(name)}`)
  }
  const publications = await session.rows<{name: string}>(
    `SELECT pubname AS name FROM pg_publication WHERE pubname ${named}`,
    [id],
  )
  for (const {name} of publications) await session.rows(`DROP PUBLICATION ${identifier(name)}`)
  await session.rows(`DO $forget$
DECLARE
  runner uuid := gen_random_uuid();
BEGIN
  PERFORM hl_shards.claim_move(${literal(id)}, runner);
  PERFORM hl_shards.forget_move(${literal(id)}, runner);
END $forget$`)
}
