// Barriers over the shards of a lab. Invariant: over all shards of the map, and no cluster that is none of them. Not
// here: how one is taken (src/shards/barrier), the archive and restores (src/recovery).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {listBarriers, takeBarrier, type Barrier, type BarrierOptions, type ListedBarriers} from '../shards/index.ts'
import {moveCluster} from './lab-moves.ts'
import {withShards} from './lab-shards.ts'
import {catalogOf, readerOf} from './look-at-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/**
 * On record on every shard. Errors: MAP_MISSING, MOVE_REFUSED for a lab that an earlier hl made, LAB_UNHEALTHY for a
 * shard that cannot be asked, MIGRATION_REFUSED for one that lacks what it needs, CONFIG_INVALID, BARRIER_FAILED.
 */
export async function takeLabBarrier(lab: ConnectedLab, options: BarrierOptions): Promise<Barrier> {
  const {shards} = moveCluster(lab)
  return asHlErrors(async () => {
    const known = await withShards(lab, readerOf(lab), async routers => (await catalogOf(lab, routers)).map.shards)
    return takeBarrier(
      shards.filter(({name}) => known.includes(name)),
      options,
    )
  })
}

/** Newest first, as the shards have them. Errors: MAP_MISSING, LAB_UNHEALTHY when no shard can be asked. */
export async function listLabBarriers(lab: ConnectedLab): Promise<ListedBarriers> {
  const {shards} = moveCluster(lab)
  return asHlErrors(async () => listBarriers(shards))
}
