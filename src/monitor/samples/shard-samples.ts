// PURE: what shards said of themselves, against their map -> samples. Invariant: what the map says in the place of a
// silent shard is not published as its own word. Not here: asking (src/sharding).
import type {ShardsAnswer} from '../../sharding/look-at-shards.ts'
import {sample, type Sample} from '../metrics/sample.ts'

type Listed = ShardsAnswer['shards'][number]

const standings: readonly Listed['standing'][] = ['serving', 'behind', 'wrong', 'unknown']

export function shardSamples({lab, map, shards}: ShardsAnswer): readonly Sample[] {
  return [...sample('hl_shard_map_epoch', {lab}, map?.epoch ?? null), ...shards.flatMap(shard => samplesOf(lab, shard))]
}

function samplesOf(lab: string, {shard, primary, groupsOwned, leaving, coming, standing}: Listed): readonly Sample[] {
  const labels = {lab, cluster: shard}
  return [
    ...sample('hl_shard_groups', labels, primary === null ? null : groupsOwned),
    ...sample('hl_shard_groups_moving', labels, primary === null ? null : countOf(leaving) + countOf(coming)),
    ...standings.flatMap(one => sample('hl_shard_standing', {...labels, standing: one}, one === standing)),
  ]
}

const countOf = (ranges: Listed['leaving']): number => ranges.reduce((sum, {from, to}) => sum + to - from + 1, 0)
