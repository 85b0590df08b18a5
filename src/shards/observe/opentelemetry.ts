// `pg-highload-lab/shards/opentelemetry`: a pool over shards as metrics of OpenTelemetry, and the router of each shard
// beside it, named after the shard, with its spans. Invariant: no timer. Not here: what a router reports
// (src/router/observe).
import {metrics, type Attributes, type Meter} from '@opentelemetry/api'
import {
  observeWithOpenTelemetry,
  type Observation,
  type OpenTelemetryOptions,
} from '../../router/observe/opentelemetry.ts'
import type {ShardMap} from '../map/shard-map.ts'
import {listenToShards, routerName, type ObservedShards} from './observed-shards.ts'

export type {ObservedShards} from './observed-shards.ts'

const scope = 'pg-highload-lab/shards'
/** The boundaries that the conventions for database clients recommend, and one for the wait for a failover. */
const durationBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20]

/**
 * Reports what a pool and the routers of its shards do and see until stop(). `name`: the attribute `pg_shards.name`.
 */
export function observeShardsWithOpenTelemetry(pool: ObservedShards, options: OpenTelemetryOptions = {}): Observation {
  const {meterProvider = metrics.getMeterProvider(), name} = options
  const own: Attributes = {'db.system.name': 'postgresql', ...(name === undefined ? {} : {'pg_shards.name': name})}
  const routers = pool.shards.map(shard =>
    observeWithOpenTelemetry(pool.onShard(shard), {...options, name: routerName(name, shard)}),
  )
  const meter = meterProvider.getMeter(scope)
  const duration = meter.createHistogram('pg_shards.request.duration', {
    unit: 's',
    description: 'From the call to the answer or the error.',
    advice: {explicitBucketBoundaries: durationBoundaries},
  })
  const problems = meter.createCounter('pg_shards.map.problems', {
    description: 'Times that a shard, or the catalog, could not tell of the map.',
  })
  const unfinished = meter.createCounter('pg_shards.unfinished', {
    description: 'Tries to finish a decided transaction on a shard that failed.',
  })
  let map: ShardMap | null = null
  const stopListening = listenToShards(pool.events, {
    served: ({kind, spread, ms}) =>
      duration.record(ms / 1_000, {...own, 'db.operation.name': kind, 'pg_shards.spread': spread}),
    refused: ({kind, code, ms}) => duration.record(ms / 1_000, {...own, 'db.operation.name': kind, 'error.type': code}),
    map: newest => {
      map = newest
    },
    problem: shard => problems.add(1, {...own, 'pg_shards.shard': shard ?? 'catalog'}),
    trouble: ({shard}) => unfinished.add(1, {...own, 'pg_shards.shard': shard}),
  })
  const stopGauges = observeGauges(meter, pool, {own, map: () => map})
  return {
    stop: () => {
      stopListening()
      stopGauges()
      for (const router of routers) router.stop()
    },
  }
}

interface Known {
  readonly own: Attributes
  readonly map: () => ShardMap | null
}

function observeGauges(meter: Meter, pool: ObservedShards, {own, map}: Known): () => void {
  const epoch = meter.createObservableGauge('pg_shards.map.epoch', {
    description: 'Epoch of the map that the pool routes by.',
  })
  const serving = meter.createObservableGauge('pg_shards.shard.serving', {
    description: '1: the shard may serve; 0: not, for the reason that pg_shards.standing names.',
  })
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = result => {
    const newest = map()
    if (newest !== null) result.observe(epoch, newest.epoch, own)
    for (const shard of pool.shards) {
      const {kind} = pool.standing(shard)
      const attributes = {...own, 'pg_shards.shard': shard, 'pg_shards.standing': kind}
      result.observe(serving, Number(kind === 'serving'), attributes)
    }
  }
  meter.addBatchObservableCallback(observe, [epoch, serving])
  return () => meter.removeBatchObservableCallback(observe, [epoch, serving])
}
