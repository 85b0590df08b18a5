// Rows of groups that a shard does not own are taken away, in small steps. Invariants: never while the shard owns one
// of the groups, which the statement itself asks; never as a write of the application, so nobody who replicates with
// `origin = none` hears of it; each step is one transaction of the process that runs the move. Not here: when it may be
// done (move-states.ts).
import {asReplica, dropOrigins} from './copy-groups.ts'
import {chunksOf, onPages, type Chunk} from './copy-chunks.ts'
import {openBeside, type MoveContext, type MoveSide} from './move-context.ts'
import type {MoveSession} from './move-session.ts'
import {inGroups, readMovingTables} from './moving-tables.ts'
import {Throttle} from './throttle.ts'

/** The move's record must be there. Gives how many rows were there. */
export async function removeRows(context: MoveContext, side: MoveSide): Promise<number> {
  const {id, limits, tell} = context
  // What an interrupted copy has left would be in the way of the next one.
  await dropOrigins(side.session, id, limits.replyMs)
  const session = await openBeside(context, side.server)
  const throttle = await Throttle.open(context)
  let rows = 0
  try {
    await asReplica(session, id, 0)
    const chunks = chunksOf(await readMovingTables(session), limits.deletePages)
    for (const chunk of chunks) {
      context.signal?.throwIfAborted()
      await throttle.pass()
      const removed = await removeChunk(context, session, chunk)
      rows += removed
      if (removed > 0) tell({kind: 'removed', shard: side.server.name, rows})
    }
  } finally {
    await Promise.all([session.end(), throttle.end()])
  }
  await dropOrigins(side.session, id, limits.replyMs)
  return rows
}

async function removeChunk(
  {groups, id, runner, limits}: MoveContext,
  session: MoveSession,
  {table, leaf, ...pages}: Chunk,
): Promise<number> {
  await session.rows('BEGIN')
  await session.rows('SELECT hl_shards.share_move($1, $2)', [id, runner])
  const [row] = await session.rows<{removed: number; owned: number}>(
    `WITH owned AS (SELECT FROM hl_shards.slot_group WHERE state = 'o' AND slot_group = ANY ($1::int2[])),
      removed AS (DELETE FROM ONLY ${leaf} WHERE ${onPages(pages)} AND ${inGroups(table, groups)}
        AND NOT EXISTS (SELECT FROM owned) RETURNING 1)
    SELECT (SELECT count(*)::int4 FROM removed) AS removed, (SELECT count(*)::int4 FROM owned) AS owned`,
    [groups],
    limits.longMs,
  )
  await session.rows('COMMIT')
  if ((row?.owned ?? 1) > 0) throw new Error(`${session.server} owns some of the groups: their rows stay`)
  return row?.removed ?? 0
}

/** Tables of that side that have rows of these groups. */
export async function tablesWithRows(
  session: MoveSession,
  groups: readonly number[],
  limitMs: number,
): Promise<readonly string[]> {
  const names: string[] = []
  for (const table of await readMovingTables(session)) {
    const [row] = await session.rows<{there: boolean}>(
      `SELECT EXISTS (SELECT FROM ${table.name} WHERE ${inGroups(table, groups)}) AS there`,
      [],
      limitMs,
    )
    if (row?.there === true) names.push(table.name)
  }
  return names
}
