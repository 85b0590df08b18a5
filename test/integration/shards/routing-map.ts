// What of a shard map the routing tests need.
export interface ShardMapLike {
  readonly shards: readonly string[]
  ownerOf(slot: number): string
  groupsOf(shard: string): readonly number[]
}
