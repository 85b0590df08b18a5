// What an observer needs of a pool over shards, and how it listens. Invariants: a ShardedPool satisfies it as it is;
// listening starts nothing and holds nothing but the listeners. Not here: any metrics library.
import type {EventEmitter} from 'node:events'
import type {Observed} from '../../router/observe/prometheus.ts'
import type {Standing} from '../map/decide-standing.ts'
import type {ShardedPoolEvents} from '../sharded-events.ts'

/** A ShardedPool, as far as an observer looks at it. */
export interface ObservedShards {
  /** Where the pool tells what happens inside. */
  readonly events: Pick<EventEmitter<ShardedPoolEvents>, 'on' | 'off'>
  /** Names of the shards. */
  readonly shards: readonly string[]
  /** May the shard serve? */
  standing(shard: string): Standing
  /** Its router, which is observed too. */
  onShard(shard: string): Observed
}

/** What is done at which event. */
export type ShardHandlers = {readonly [Name in keyof ShardedPoolEvents]?: (...payload: ShardedPoolEvents[Name]) => void}

/** Adds the listeners; the function that it returns removes them. */
export function listenToShards(events: ObservedShards['events'], handlers: ShardHandlers): () => void {
  // A handler is tied to its event by the type of the table, which Object.entries() forgets.
  const entries = Object.entries(handlers) as [keyof ShardedPoolEvents, (...payload: unknown[]) => void][]
  for (const [name, handler] of entries) events.on(name, handler)
  return () => {
    for (const [name, handler] of entries) events.off(name, handler)
  }
}

/** The name under which the router of a shard is observed. */
export function routerName(pool: string | undefined, shard: string): string {
  return pool === undefined ? shard : `${pool}/${shard}`
}
