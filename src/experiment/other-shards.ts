// Looks at the shards of the lab that a run is not about, before its first step and after its last. Invariant: a look
// never ends a run; what could not be seen is null. Not here: what follows from it (src/measure/other-shards.ts).
import type {OtherShard, ShardMoment} from '../model/report.ts'
import {within} from '../waiting/await-until.ts'
import type {World} from './world.ts'

const lookMs = 10_000

/** As they are before the run. */
export async function seenBefore(world: Pick<World, 'otherShards' | 'clock'>): Promise<readonly OtherShard[]> {
  return Promise.all(
    world.otherShards.map(async shard => ({name: shard.name, before: await look(shard, world), after: null})),
  )
}

/** The same with how they are now. */
export async function seenAfter(
  before: readonly OtherShard[],
  world: Pick<World, 'otherShards' | 'clock'>,
): Promise<readonly OtherShard[]> {
  const after = new Map(
    await Promise.all(world.otherShards.map(async shard => [shard.name, await look(shard, world)] as const)),
  )
  return before.map(shard => ({...shard, after: after.get(shard.name) ?? null}))
}

/** Without a primary only where every member has said that it is none: who is silent may be it. */
async function look(shard: World['otherShards'][number], {clock}: Pick<World, 'clock'>): Promise<ShardMoment | null> {
  try {
    const what = `shard ${shard.name} to be looked at`
    const {primary, timeline, members} = await within(shard.state(), {clock, withinMs: lookMs, what})
    return primary === null && members.some(({role}) => role === 'unknown') ? null : {primary, timeline}
  } catch {
    return null
  }
}
