// Reference tables have all their rows on each shard. Moves carry none of them, and rows that come would miss what they
// refer to on a shard that lacks some: so their copies are compared before a move, and made equal on one that joins.
// Invariants: writers of a table wait while it is copied, so that none is lost between; a shard that serves groups
// already is never written to. Not here: what follows from a difference (decide-preflight.ts), writing them all
// (../execute/write-references.ts).
import {pause} from '../time/pause.ts'
import {ShardError} from '../shard-error.ts'
import {copyOver} from './copy-pipe.ts'
import {defaultMoveLimits, type MoveOptions} from './hold-move.ts'
import type {MoveServer} from './move-servers.ts'
import {MoveSession} from './move-session.ts'
import {asText, hashOfRow} from './verify-content.ts'

const tablesText = `
SELECT format('%I.%I', t.schema_name, t.table_name) AS name,
  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
FROM hl_shards.sharded_table AS t JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schema_name
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.table_name
WHERE t.kind = 'reference' ORDER BY 1`

interface ReferenceTable {
  readonly name: string
  readonly columns: string
}

/** Of one transaction over shards, which commits on one after the other. */
const underWayMs = 1_000

/** Names of reference tables whose copies differ, and stay so for a while. */
export async function differingReferences(
  one: MoveServer,
  other: MoveServer,
  options: MoveOptions = {},
): Promise<readonly string[]> {
  return withBoth(one, other, options, async sessions => {
    const first = await differing(sessions)
    if (first.length === 0) return []
    await pause(underWayMs, options.signal)
    options.signal?.throwIfAborted()
    const second = new Set((await differing(sessions)).map(({name}) => name))
    return first.flatMap(({name}) => (second.has(name) ? [name] : []))
  })
}

/**
 * The rows of `to`, which owns no group or is in quarantine, become those of `from`; gives the names of tables that
 * were not the same.
 * MOVE_REFUSED with reason OWNER where it owns one.
 */
export async function copyReferences(
  from: MoveServer,
  to: MoveServer,
  options: MoveOptions = {},
): Promise<readonly string[]> {
  return withBoth(from, to, options, async ([source, destination]) => {
    const owned = await destination.rows(`SELECT FROM hl_shards.slot_group WHERE state <> 'r'
      AND NOT EXISTS (SELECT FROM hl_shards.quarantine) LIMIT 1`)
    if (owned.length > 0)
      throw new ShardError('MOVE_REFUSED', `${to.name} has groups already, and its reference tables serve them`, {
        shard: to.name,
        detail: {reason: 'OWNER'},
      })
    const tables = await differing([source, destination])
    for (const table of tables) await copyTable(source, destination, table)
    return tables.map(({name}) => name)
  })
}

async function copyTable(from: MoveSession, to: MoveSession, {name, columns}: ReferenceTable): Promise<void> {
  await from.rows(`BEGIN; SET LOCAL lock_timeout = '5s'; LOCK TABLE ${name} IN SHARE MODE`)
  await to.rows(`BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM ${name}`)
  await copyOver(
    from,
    `COPY (SELECT ${columns} FROM ${name}) TO STDOUT (FORMAT binary)`,
    to,
    `COPY ${name} (${columns}) FROM STDIN (FORMAT binary)`,
  )
  await to.rows('COMMIT')
  await from.rows('COMMIT')
}

type Both = readonly [MoveSession, MoveSession]

async function differing(sessions: Both): Promise<readonly ReferenceTable[]> {
  const tables = await sessions[0].rows<ReferenceTable>(tablesText)
  const found: ReferenceTable[] = []
  for (const table of tables) {
    const [one, other] = await Promise.all(sessions.map(async session => digestOf(session, table.name)))
    if (one !== other) found.push(table)
  }
  return found
}

async function digestOf(session: MoveSession, name: string): Promise<string> {
  const [row] = await session.rows<{digest: string}>(
    `SELECT pg_catalog.concat_ws(' ', count(*), sum(hash), bit_xor(hash)) AS digest
    FROM (SELECT ${hashOfRow} AS hash FROM ${name} AS hl_row) AS hashed`,
    [],
    defaultMoveLimits.longMs,
  )
  return row?.digest ?? ''
}

async function withBoth<T>(
  one: MoveServer,
  other: MoveServer,
  {limits, signal}: MoveOptions,
  work: (sessions: Both) => Promise<T>,
): Promise<T> {
  const {replyMs} = {...defaultMoveLimits, ...limits}
  const opened: MoveSession[] = []
  const open = async (server: MoveServer): Promise<MoveSession> => {
    const session = await MoveSession.open(server, {application: 'hl-moves', replyMs, signal})
    opened.push(session)
    await session.rows(asText)
    return session
  }
  try {
    return await work([await open(one), await open(other)])
  } finally {
    await Promise.all(opened.map(session => session.end()))
  }
}
