// A pool over shards as an observer sees it, moved by the test. Invariant: it emits nothing by itself.
import {EventEmitter} from 'node:events'
import {serving, type Standing} from '../../src/shards/map/decide-standing.ts'
import type {ObservedShards} from '../../src/shards/observe/observed-shards.ts'
import type {ShardedPoolEvents} from '../../src/shards/sharded-events.ts'
import {FakeObserved} from './fake-observed.ts'

export class FakeObservedShards implements ObservedShards {
  readonly events = new EventEmitter<ShardedPoolEvents>()
  readonly standings = new Map<string, Standing>()
  readonly routers: Readonly<Record<string, FakeObserved>>

  constructor(...shards: readonly string[]) {
    this.routers = Object.fromEntries(shards.map(shard => [shard, new FakeObserved()]))
  }

  get shards(): readonly string[] {
    return Object.keys(this.routers)
  }

  standing(shard: string): Standing {
    return this.standings.get(shard) ?? serving
  }

  onShard(shard: string): FakeObserved {
    const router = this.routers[shard]
    if (router === undefined) throw new Error(`no shard ${shard}`)
    return router
  }

  /** How many listeners it and its routers have, of all events. */
  get listeners(): number {
    const own = this.events.eventNames().reduce((sum, name) => sum + this.events.listenerCount(name), 0)
    return Object.values(this.routers).reduce((sum, router) => sum + router.listeners, own)
  }
}
