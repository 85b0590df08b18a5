// The catalog hears of what is so already; who asks the shards has known it before. Invariant: it hears of all that the
// two shards own and it has not heard of, since a failover of the catalog may have taken what an earlier move told it.
// Not here: when (move-states.ts).
import {readCatalog} from '../map/read-state.ts'
import type {Placement} from '../map/shard-map.ts'
import {ShardError} from '../shard-error.ts'
import {openBeside, type MoveContext, type MoveSide} from './move-context.ts'

/** MAP_INVALID where it holds no map; HL004 of the server where it knows something newer of the moved groups. */
export async function tellCatalog(context: MoveContext): Promise<void> {
  const {catalog, groups, source, destination} = context
  const owned = (await Promise.all([source, destination].map(ownedBy))).flat()
  // Without the signal: nobody is left with an old map by a person who has changed his mind.
  const session = await openBeside({...context, signal: undefined}, catalog)
  try {
    const known = await readCatalog(async (text, values) => ({rows: await session.rows(text, values)}))
    if (known === null) throw new ShardError('MAP_INVALID', 'the catalog holds no map: write one with writeMap')
    const {mapId, map} = known
    const shards = [...new Set([...map.shards, source.server.name, destination.server.name])]
    const placements = owned.filter(({group, epoch}) => groups.includes(group) || epoch > map.epochOf(group))
    await session.rows('SELECT hl_shards.put_map($1, $2, $3)', [mapId, shards, JSON.stringify(placements)])
  } finally {
    await session.end()
  }
}

async function ownedBy({session, server}: MoveSide): Promise<readonly Placement[]> {
  const rows = await session.rows<{group: number; epoch: string}>(
    `SELECT slot_group::int4 AS group, epoch::text AS epoch FROM hl_shards.slot_group WHERE state = 'o'`,
  )
  return rows.map(({group, epoch}) => ({group, shard: server.name, epoch: Number(epoch)}))
}
