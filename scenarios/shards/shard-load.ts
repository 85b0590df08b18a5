// The load that scenarios over shards have in common. Not here: what the operations are (src/load/sharded).
import type {LoadSpec} from '../../src/model/scenario.ts'

/** Nothing is pinned to a node nor read on a standby: what is looked at is the shards. Two cores carry it. */
export const shardLoad = {
  writesPerSecond: 60,
  transfersPerSecond: 4,
  primaryReadsPerSecond: 20,
  standbyReadsPerSecond: 0,
  pinnedWritesPerSecond: 0,
  scatterReadsPerSecond: 2,
} as const satisfies Partial<LoadSpec>
