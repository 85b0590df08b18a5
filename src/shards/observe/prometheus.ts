// `pg-highload-lab/shards/prometheus`: a pool over shards as metrics of prom-client, and the router of each shard
// beside it, named after the shard. Invariants: no timer; after stop() no series of the pool is left. Not here: serving
// /metrics (the application's), what a router publishes (src/router/observe).
import {Counter, Gauge, Histogram, register as globalRegistry} from 'prom-client'
import {observeWithPrometheus, type Observation, type PrometheusOptions} from '../../router/observe/prometheus.ts'
import type {Standing} from '../map/decide-standing.ts'
import {listenToShards, routerName, type ObservedShards} from './observed-shards.ts'

export type {ObservedShards} from './observed-shards.ts'

/** How the metrics of a pool are told apart, and where they go. */
export interface ShardsPrometheusOptions extends Pick<PrometheusOptions, 'register'> {
  /** Value of the label `pool`, and before the name of each shard in the routers’ label. One pool needs none. */
  readonly name?: string
}

type Registry = NonNullable<PrometheusOptions['register']>

const standings: readonly Standing['kind'][] = ['serving', 'unknown', 'behind', 'wrong']
/** Up to the time that a request waits for a failover by default, and beyond. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40]
const prefix = 'pg_shards_'

/**
 * Publishes what a pool and the routers of its shards do and see until stop(). Throws when a pool of that name is
 * published in the registry already.
 */
export function observeShardsWithPrometheus(
  pool: ObservedShards,
  {register = globalRegistry, name}: ShardsPrometheusOptions = {},
): Observation {
  const metrics = metricsIn(register)
  const label = name ?? 'default'
  if (metrics.pools.has(label))
    throw new Error(
      `a pool named ${label} is published in this registry already: give each pool a name of its own (option name)`,
    )
  const routers: Observation[] = []
  try {
    for (const shard of pool.shards)
      routers.push(observeWithPrometheus(pool.onShard(shard), {register, name: routerName(name, shard)}))
  } catch (error) {
    for (const router of routers) router.stop()
    throw error
  }
  metrics.pools.add(label)
  const series = new Series(metrics, label)
  for (const shard of pool.shards) showStanding(series, shard, pool.standing(shard))
  const stopListening = listenToShards(pool.events, handlersOf(series))
  return {
    stop: () => {
      if (!metrics.pools.delete(label)) return
      stopListening()
      series.remove()
      for (const router of routers) router.stop()
    },
  }
}

function handlersOf(series: Series): Parameters<typeof listenToShards>[1] {
  const timed = (kind: string, spread: string, ms: number): void =>
    series.of('duration', {kind, spread}).observe(ms / 1_000)
  return {
    served: ({kind, spread, ms}) => timed(kind, spread, ms),
    refused: ({kind, code, ms}) => {
      timed(kind, 'none', ms)
      series.of('errors', {kind, code}).inc()
    },
    map: map => {
      series.of('epoch', {}).set(map.epoch)
      for (const shard of map.shards) series.of('groups', {shard}).set(map.groupsOf(shard).length)
    },
    standing: (shard, standing) => showStanding(series, shard, standing),
    problem: shard => series.of('problems', {shard: shard ?? 'catalog'}).inc(),
    trouble: ({shard}) => series.of('unfinished', {shard}).inc(),
  }
}

function showStanding(series: Series, shard: string, {kind}: Standing): void {
  for (const standing of standings) series.of('standing', {shard, standing}).set(Number(standing === kind))
}

type MetricName = Exclude<keyof Metrics, 'pools'>

/** What one pool has published. prom-client takes a series away only by its labels, so they are kept. */
class Series {
  readonly #metrics: Metrics
  readonly #pool: string
  readonly #published = new Map<string, () => void>()

  constructor(metrics: Metrics, pool: string) {
    this.#metrics = metrics
    this.#pool = pool
  }

  of<Name extends MetricName>(
    name: Name,
    labels: Readonly<Record<string, string>>,
  ): ReturnType<Metrics[Name]['labels']> {
    const metric = this.#metrics[name]
    const all = {pool: this.#pool, ...labels}
    this.#published.set(`${name} ${Object.values(labels).join(' ')}`, () => metric.remove(all))
    return metric.labels(all) as ReturnType<Metrics[Name]['labels']>
  }

  remove(): void {
    for (const remove of this.#published.values()) remove()
    this.#published.clear()
  }
}

type Metrics = ReturnType<typeof makeMetrics>
const known = new WeakMap<Registry, Metrics>()

function metricsIn(register: Registry): Metrics {
  const there = known.get(register)
  // Somebody may have cleared the registry.
  if (there !== undefined && register.getSingleMetric(`${prefix}map_epoch`) === there.epoch) return there
  const made = makeMetrics(register)
  known.set(register, made)
  return made
}

function makeMetrics(register: Registry) {
  const named = <Labels extends readonly string[]>(name: string, help: string, labels: Labels) => ({
    name: prefix + name,
    help,
    labelNames: ['pool', ...labels] as const,
    registers: [register],
  })
  const epoch = new Gauge(named('map_epoch', 'Epoch of the map that the pool routes by', []))
  const groups = new Gauge(named('groups_owned', 'Groups of slots that the map gives to the shard', ['shard']))
  const standing = new Gauge(
    named('shard_standing', '1: what the shard is for the pool now; it is asked only while serving', [
      'shard',
      'standing',
    ]),
  )
  const duration = new Histogram({
    ...named(
      'request_duration_seconds',
      'From the call to the answer or the error. spread: how many shards answered, or were written on',
      ['kind', 'spread'],
    ),
    buckets: durationBuckets,
  })
  const errors = new Counter(
    named('errors_total', 'Calls that failed, by the code of ShardError or RouterError or the SQLSTATE', [
      'kind',
      'code',
    ]),
  )
  const problems = new Counter(
    named('map_problems_total', 'Times that a shard, or the catalog, could not tell of the map', ['shard']),
  )
  const unfinished = new Counter(
    named('unfinished_total', 'Tries to finish a decided transaction on the shard that failed', ['shard']),
  )
  return {epoch, groups, standing, duration, errors, problems, unfinished, pools: new Set<string>()}
}
