// What OpenTelemetry gets of a pool over shards, by its real SDK.
import {MeterProvider} from '@opentelemetry/sdk-metrics'
import {describe, expect, it} from 'vitest'
import {FakeObservedShards} from '../../../test/fakes/fake-observed-shards.ts'
import {ValuesReader} from '../../../test/fakes/values-reader.ts'
import {firstMap} from '../map/shard-map.ts'
import {observeShardsWithOpenTelemetry} from './opentelemetry.ts'

function observed() {
  const [reader, pool] = [new ValuesReader(), new FakeObservedShards('s1', 's2')]
  const observation = observeShardsWithOpenTelemetry(pool, {meterProvider: new MeterProvider({readers: [reader]})})
  return {reader, pool, observation}
}

const system = {'db.system.name': 'postgresql'}

describe('a pool over shards in OpenTelemetry', () => {
  it('times calls by their spread, failed ones with their error', async () => {
    const {reader, pool} = observed()
    pool.events.emit('served', {kind: 'query', spread: 'several', ms: 20})
    pool.events.emit('refused', {kind: 'transaction', code: 'COMMIT_UNKNOWN', outcome: 'unknown', ms: 1_000})
    expect((await reader.values())['pg_shards.request.duration s']).toEqual([
      [{...system, 'db.operation.name': 'query', 'pg_shards.spread': 'several'}, [1, 0.02]],
      [{...system, 'db.operation.name': 'transaction', 'error.type': 'COMMIT_UNKNOWN'}, [1, 1]],
    ])
  })

  it('shows the map and who may serve, and counts what does not end', async () => {
    const {reader, pool} = observed()
    pool.events.emit('map', firstMap(['s1', 's2']))
    pool.standings.set('s2', {kind: 'wrong', reason: 'another shard', groups: []})
    pool.events.emit('problem', 's2', new Error('gone'))
    pool.events.emit('trouble', {shard: 's1', gid: 'g', attempts: 1, error: null})
    const values = await reader.values()
    expect(values['pg_shards.map.epoch ']).toEqual([[system, 64]])
    expect(values['pg_shards.shard.serving ']).toEqual([
      [{...system, 'pg_shards.shard': 's1', 'pg_shards.standing': 'serving'}, 1],
      [{...system, 'pg_shards.shard': 's2', 'pg_shards.standing': 'wrong'}, 0],
    ])
    expect(values['pg_shards.map.problems ']).toEqual([[{...system, 'pg_shards.shard': 's2'}, 1]])
    expect(values['pg_shards.unfinished ']).toEqual([[{...system, 'pg_shards.shard': 's1'}, 1]])
  })

  it('reports the router of each shard under its name, and listens no more after stop()', async () => {
    const {reader, pool, observation} = observed()
    const served = {node: 'a:5432', role: 'primary', kind: 'write', reason: '', attempts: 1, ms: 2} as const
    pool.onShard('s2').events.emit('served', served)
    const [[attributes] = [{}]] = (await reader.values())['db.client.operation.duration s'] ?? []
    expect(attributes).toMatchObject({'pg_router.name': 's2', 'pg_router.role': 'primary'})
    observation.stop()
    expect(pool.listeners).toBe(0)
  })
})
