// What all shards have recorded of transactions over them, looked at so that it can be judged while they go on.
// Invariant: all shards answer one look before the next one is begun. Not here: the judgement (judge-wholeness.ts).
import type {Shard} from '../shard.ts'
import {parseGid, prefixOf} from './gid.ts'
import {judgeWholeness, type KnownDecisions, type Wholeness} from './judge-wholeness.ts'
import {parseRanges} from './number-ranges.ts'
import {preparedText} from './transaction-sql.ts'

/** In one statement: what is compacted meanwhile is in the one or in the other. Value: the prefix of the map. */
export const knownText = `SELECT
  (SELECT coalesce(json_agg(json_build_object('id', gid, 'participants', participants)), '[]')::text
    FROM hl_shards.decision WHERE starts_with(gid, $1)) AS rows,
  (SELECT coalesce(json_agg(json_build_object('coordinator', coordinator, 'series', series, 'numbers', numbers::text)), '[]')::text
    FROM hl_shards.decided) AS decided`

interface DecidedRow {
  readonly coordinator: string
  readonly series: string
  readonly numbers: string
}

/** A row of knownText. */
export interface KnownRow {
  readonly rows: string
  readonly decided: string
}

/** What a row of knownText says. */
export function knownOf(row: KnownRow | undefined): KnownDecisions {
  const decided = JSON.parse(row?.decided ?? '[]') as readonly DecidedRow[]
  return {
    rows: JSON.parse(row?.rows ?? '[]') as KnownDecisions['rows'],
    decided: decided.map(({numbers, ...series}) => ({...series, numbers: parseRanges(numbers)})),
  }
}

/**
 * Is every transaction over these shards, which must be all of the map, on all of its shards or on none? Changes
 * nothing. Rejects where a shard cannot be asked. `deadlineMs`: of each question; default 30,000.
 */
export async function checkWholeness(
  shards: readonly Shard[],
  {mapId, deadlineMs = 30_000}: {readonly mapId: string; readonly deadlineMs?: number},
): Promise<Wholeness> {
  const prefix = prefixOf(mapId)
  const known = async ({router}: Shard): Promise<KnownDecisions> =>
    knownOf((await router.write<KnownRow & Record<string, unknown>>(knownText, [prefix], {deadlineMs})).rows[0])
  const prepared = async ({router}: Shard): Promise<readonly string[]> =>
    (await router.write<{gid: string}>(preparedText, [prefix], {deadlineMs})).rows.flatMap(
      ({gid}) => parseGid(gid)?.id ?? [],
    )
  const first = await Promise.all(shards.map(known))
  const between = await Promise.all(shards.map(prepared))
  const last = await Promise.all(shards.map(known))
  const none: KnownDecisions = {rows: [], decided: []}
  return judgeWholeness(
    shards.map(({name}, index) => ({
      shard: name,
      first: first[index] ?? none,
      prepared: between[index] ?? [],
      last: last[index] ?? none,
    })),
  )
}
