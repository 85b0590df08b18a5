// How each shard served, and where the load went. PURE. Invariant: a shard is held to what went to it alone, for what
// spans shards fails with any of them. Not here: what follows from it (shard-claims.ts).
import {acknowledged} from '../model/history.ts'
import type {HotGroup, ShardService, ShardsReport} from '../model/shards-report.ts'
import {longestStallMs, refusedShare} from './availability.ts'
import {countWhere, firsts, where} from './columns.ts'
import type {Facts} from './facts.ts'
import {isAloneOn} from './alone-on-shard.ts'
import {isAnswered} from './reads.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'

/** By name. */
export function shardNames({record, firstLoad}: Pick<Facts, 'record' | 'firstLoad'>): readonly string[] {
  const named = [
    ...(record.shard === undefined ? [] : [record.shard]),
    ...(record.otherShards ?? []).map(one => one.name),
  ]
  const names = new Set(named)
  for (const {shards = []} of firsts(firstLoad)) for (const name of shards) names.add(name)
  return [...names].sort()
}

/** null of a load over one cluster. */
export function measureShards(facts: Facts): ShardsReport | null {
  const {record, firstLoad, scatterReads} = facts
  if (record.scenario.sharded === undefined) return null
  const spanning = where(firstLoad, ({shards}) => (shards?.length ?? 0) > 1)
  const answered = where(scatterReads, isAnswered)
  return {
    services: shardNames(facts).map(name => serviceOf(name, facts)),
    hotGroup: hotGroupOf(firstLoad),
    spanning: {attempted: spanning.length, acknowledged: countWhere(spanning, acknowledged)},
    scatter: {
      attempted: scatterReads.length,
      whole: countWhere(answered, ({missing}) => missing.length === 0),
      partial: countWhere(answered, ({missing}) => missing.length > 0),
    },
  }
}

function serviceOf(name: string, {record, firstLoad, moments}: Facts): ShardService {
  const own = where(firstLoad, op => isAloneOn(op, name))
  const since = moments.disturbedMs ?? own.at(0)?.dueMs ?? 0
  return {
    name,
    subject: name === record.shard,
    attempted: own.length,
    acknowledged: countWhere(own, acknowledged),
    failed: countWhere(own, ({outcome}) => outcome === 'failed'),
    unknown: countWhere(own, ({outcome}) => outcome === 'unknown'),
    unavailableShare: refusedShare(own, since),
    longestStallMs: Math.round(longestStallMs(own, since)),
  }
}

/** Of writes, a transfer counting for both of its groups; null where none says its group. */
function hotGroupOf(writes: Sequence<ClientWrite>): HotGroup | null {
  const counts = new Map<number, number>()
  const shardOf = new Map<number, string>()
  for (const {groups = [], shards = []} of writes)
    for (const group of groups) {
      counts.set(group, (counts.get(group) ?? 0) + 1)
      if (shards.length === 1) shardOf.set(group, shards[0] ?? '')
    }
  const [hottest] = [...counts].toSorted(([a, many], [b, more]) => more - many || a - b)
  if (hottest === undefined) return null
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const [group, count] = hottest
  return {group, shard: shardOf.get(group) ?? 'unknown', share: count / total, groups: counts.size}
}
