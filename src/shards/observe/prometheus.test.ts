// What a scrape shows of a pool over shards, by the real prom-client, and that nothing is left after stop().
import {Registry} from 'prom-client'
import {describe, expect, expectTypeOf, it} from 'vitest'
import {FakeObservedShards} from '../../../test/fakes/fake-observed-shards.ts'
import {firstMap} from '../map/shard-map.ts'
import type {ShardedPool} from '../sharded-pool.ts'
import {observeShardsWithPrometheus, type ObservedShards} from './prometheus.ts'

async function about(register: Registry, ...words: readonly string[]): Promise<readonly string[]> {
  const lines = (await register.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return lines.filter(line => words.every(word => line.includes(word)))
}

describe('a pool over shards in Prometheus', () => {
  it('is a ShardedPool, as it is', () => expectTypeOf<ShardedPool>().toExtend<ObservedShards>())

  it('times calls by their spread, and counts errors by code', async () => {
    const [register, pool] = [new Registry(), new FakeObservedShards('s1', 's2')]
    observeShardsWithPrometheus(pool, {register})
    pool.events.emit('served', {kind: 'query', spread: 'one', ms: 2})
    pool.events.emit('served', {kind: 'query', spread: 'one', ms: 300})
    pool.events.emit('served', {kind: 'transaction', spread: 'several', ms: 20})
    pool.events.emit('refused', {kind: 'query', code: 'KEY_MISSING', outcome: 'not-applied', ms: 1})
    expect(await about(register, 'pg_shards_request_duration_seconds_sum')).toEqual([
      'pg_shards_request_duration_seconds_sum{pool="default",kind="query",spread="one"} 0.302',
      'pg_shards_request_duration_seconds_sum{pool="default",kind="transaction",spread="several"} 0.02',
      'pg_shards_request_duration_seconds_sum{pool="default",kind="query",spread="none"} 0.001',
    ])
    expect(await about(register, 'errors_total', 'KEY_MISSING')).toEqual([
      'pg_shards_errors_total{pool="default",kind="query",code="KEY_MISSING"} 1',
    ])
  })

  it('shows the map, who may serve, and what does not end', async () => {
    const [register, pool] = [new Registry(), new FakeObservedShards('s1', 's2')]
    observeShardsWithPrometheus(pool, {register})
    pool.events.emit('map', firstMap(['s1', 's2']))
    expect(await about(register, 'map_epoch')).toEqual(['pg_shards_map_epoch{pool="default"} 64'])
    expect(await about(register, 'groups_owned', 's2')).toEqual([
      'pg_shards_groups_owned{pool="default",shard="s2"} 32',
    ])
    expect(await about(register, 'shard_standing', 's2', '} 1')).toEqual([
      'pg_shards_shard_standing{pool="default",shard="s2",standing="serving"} 1',
    ])
    pool.events.emit('standing', 's2', {kind: 'behind', reason: 'was set back', groups: [3]})
    expect(await about(register, 'shard_standing', 's2', '} 1')).toEqual([
      'pg_shards_shard_standing{pool="default",shard="s2",standing="behind"} 1',
    ])
    pool.events.emit('problem', null, new Error('no catalog'))
    pool.events.emit('trouble', {shard: 's1', gid: 'g', attempts: 1, error: null})
    expect(await about(register, 'map_problems_total')).toEqual([
      'pg_shards_map_problems_total{pool="default",shard="catalog"} 1',
    ])
    expect(await about(register, 'unfinished_total')).toEqual([
      'pg_shards_unfinished_total{pool="default",shard="s1"} 1',
    ])
  })

  it('has the router of each shard beside it, named after the shard', async () => {
    const [register, pool] = [new Registry(), new FakeObservedShards('s1', 's2')]
    observeShardsWithPrometheus(pool, {register, name: 'web'})
    const served = {node: 'a:5432', role: 'primary', kind: 'write', reason: '', attempts: 1, ms: 2} as const
    pool.onShard('s2').events.emit('served', served)
    expect(await about(register, 'pg_router_requests_total')).toEqual([
      'pg_router_requests_total{router="web/s2",kind="write",role="primary",outcome="served"} 1',
    ])
  })

  it('leaves nothing of it after stop(), and all of another pool', async () => {
    const register = new Registry()
    const pools = [new FakeObservedShards('s1'), new FakeObservedShards('s1')] as const
    const [first] = pools.map((pool, index) => observeShardsWithPrometheus(pool, {register, name: `p${index}`}))
    for (const pool of pools) {
      pool.events.emit('map', firstMap(['s1']))
      pool.events.emit('served', {kind: 'query', spread: 'one', ms: 2})
      pool.events.emit('refused', {kind: 'query', code: 'MOVED', outcome: null, ms: 2})
    }
    const before = (await about(register)).length
    first?.stop()
    first?.stop()
    expect(await about(register, 'p0')).toEqual([])
    expect((await about(register, 'p1')).length * 2).toBe(before)
    expect([pools[0].listeners, pools[1].listeners > 0]).toEqual([0, true])
  })

  it('refuses two pools of one name, and leaves the first alone', async () => {
    const [register, first, second] = [new Registry(), new FakeObservedShards('s1'), new FakeObservedShards('s1')]
    const observation = observeShardsWithPrometheus(first, {register})
    expect(() => observeShardsWithPrometheus(second, {register})).toThrow('a pool named default is published')
    expect([second.listeners, (await about(register, 'shard_standing')).length]).toEqual([0, 4])
    observation.stop()
    observeShardsWithPrometheus(second, {register})
  })
})
