// `pg-highload-lab/router/prometheus`: a router's events and nodes as metrics of prom-client, the only file that loads
// it. Several routers share the metrics of one registry and differ in the label `router`. Invariants: no timer, no work
// between two scrapes but counting; a router is held weakly, so that neither the registry nor a forgotten stop() keeps
// it alive; after stop() no series of it is left. Not here: serving /metrics (the application's).
import {
  Counter,
  Gauge,
  Histogram,
  register as globalRegistry,
  type OpenMetricsContentType,
  type Registry,
} from 'prom-client'
import {countedEvents, countingHandlers, type CountedEvent} from './counted-events.ts'
import {listen, type Handlers, type Observation, type Observed, type ObservedNode} from './observed.ts'

export type {Observation, Observed, ObservedNode} from './observed.ts'

/** How the metrics of a router are told apart, and where they go. */
export interface PrometheusOptions {
  /** Default: prom-client's global registry. */
  readonly register?: Registry | Registry<OpenMetricsContentType>
  /** What every name begins with. Default `pg_router_`. */
  readonly prefix?: string
  /** Value of the label `router`: one for each router of a registry. Default `default`. */
  readonly name?: string
}

const counters = {
  requests_total: {
    help:
      'Requests that ended. outcome: served, or of a failed one not-sent, not-applied, unknown. A failed one has ' +
      'the role none',
    labels: ['kind', 'role', 'outcome'],
  },
  errors_total: {
    help: 'Requests that failed, by the code of RouterError or the SQLSTATE of the server',
    labels: ['kind', 'code'],
  },
  ...(Object.fromEntries(
    Object.entries(countedEvents).map(([name, counted]) => [`${name}_total`, counted]),
  ) as EventCounters),
} as const

type EventCounters = {readonly [Name in CountedEvent as `${Name}_total`]: (typeof countedEvents)[Name]}

const duration = {
  name: 'request_duration_seconds',
  help: 'From the call to the answer or the error, waiting and retries included. A failed request has the role none',
  labels: ['router', 'kind', 'role'],
}
/** Up to the time that a request waits for a failover by default, and beyond. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40]

const routerGauges: readonly RouterGauge[] = [
  {
    name: 'requests_waiting',
    help: 'Requests that wait for a node or a connection now',
    value: router => router.waitingCount,
  },
]

const nodeGauges: readonly NodeGauge[] = [
  {name: 'node_connections', help: 'Open connections to the node', value: ({connections}) => connections.total},
  {
    name: 'node_connections_idle',
    help: 'Open connections to the node that nobody uses',
    value: ({connections}) => connections.idle,
  },
  {
    name: 'node_requests_waiting',
    help: 'Requests that wait for a connection to the node',
    value: ({connections}) => connections.waiting,
  },
  {
    name: 'node_requests_in_flight',
    help: 'Reads under way on the node, as the balance counts them',
    value: ({inFlight}) => inFlight,
  },
  {
    name: 'node_read_latency_seconds',
    help: 'Moving average of what reads on the node took',
    value: ({latencyMs}) => seconds(latencyMs),
  },
  {name: 'node_lag_bytes', help: 'WAL that the node has not replayed yet', value: ({lagBytes}) => lagBytes},
  {name: 'node_lag_seconds', help: 'Age of what the node shows', value: ({lagMs}) => seconds(lagMs)},
  {name: 'node_ejected', help: '1: the node is left out of reads for a while', value: ({ejected}) => Number(ejected)},
  {name: 'node_primary', help: '1: the node is the primary', value: ({role}) => Number(role === 'primary')},
  {name: 'node_timeline', help: 'Timeline of the node', value: ({timeline}) => timeline},
]

interface RouterGauge {
  readonly name: string
  readonly help: string
  readonly value: (router: Observed) => number
}

/** A value of null is not published. */
interface NodeGauge {
  readonly name: string
  readonly help: string
  readonly value: (node: ObservedNode) => number | null
}

type CounterName = keyof typeof counters
type Labels<Name extends CounterName> = Readonly<Record<(typeof counters)[Name]['labels'][number], string>>
type AnyRegistry = NonNullable<PrometheusOptions['register']>

/**
 * Publishes what a router does and sees until stop(). Throws when a router of that name is published in the registry
 * already.
 */
export function observeWithPrometheus(router: Observed, options: PrometheusOptions = {}): Observation {
  const {register = globalRegistry, prefix = 'pg_router_', name = 'default'} = options
  const family = familyOf(register, prefix)
  if (family.routers.get(name)?.deref() !== undefined)
    throw new Error(
      `a router named ${name} is published in this registry already: give each router a name of its own (option name)`,
    )
  const weak = new WeakRef(router)
  family.routers.set(name, weak)
  const series = new Series(family, name)
  const stopListening = listen(router.events, handlersOf(series))
  let stopped = false
  return {
    stop: () => {
      if (stopped) return
      stopped = true
      stopListening()
      series.remove()
      // The name may be another router's by now, if this one was forgotten meanwhile.
      if (family.routers.get(name) === weak) family.routers.delete(name)
      if (family.routers.size === 0) family.unregister()
    },
  }
}

function handlersOf(series: Series): Handlers {
  return {
    served: ({kind, role, ms}) => {
      series.count('requests_total', {kind, role, outcome: 'served'})
      series.observe(kind, role, ms)
    },
    refused: ({kind, code, outcome, ms}) => {
      series.count('requests_total', {kind, role: 'none', outcome})
      series.count('errors_total', {kind, code})
      series.observe(kind, 'none', ms)
    },
    ...countingHandlers((name, labels) => series.count(`${name}_total`, labels)),
  }
}

interface Published {
  readonly add: (value: number) => void
  readonly remove: () => void
}

/** What one router has published by counting. prom-client takes a series away only by its labels, so they are kept. */
class Series {
  readonly #family: Family
  readonly #router: string
  readonly #published = new Map<string, Published>()

  constructor(family: Family, router: string) {
    this.#family = family
    this.#router = router
  }

  count<Name extends CounterName>(name: Name, labels: Labels<Name>): void {
    this.#series(name, labels, all => {
      const counter = this.#family.counters[name]
      const child = counter.labels(all)
      return {add: value => child.inc(value), remove: () => counter.remove(all)}
    }).add(1)
  }

  observe(kind: string, role: string, ms: number): void {
    this.#series(duration.name, {kind, role}, all => {
      const histogram = this.#family.duration
      const child = histogram.labels(all)
      return {add: value => child.observe(value), remove: () => histogram.remove(all)}
    }).add(ms / 1_000)
  }

  remove(): void {
    for (const {remove} of this.#published.values()) remove()
    this.#published.clear()
  }

  #series(
    name: string,
    labels: Readonly<Record<string, string>>,
    make: (all: Record<string, string>) => Published,
  ): Published {
    const key = `${name} ${Object.values(labels).join(' ')}`
    const known = this.#published.get(key)
    if (known !== undefined) return known
    const made = make({router: this.#router, ...labels})
    this.#published.set(key, made)
    return made
  }
}

/** The metrics of one prefix in one registry, which all routers there share. */
interface Family {
  readonly counters: Readonly<Record<CounterName, Counter>>
  readonly duration: Histogram
  /** By the value of the label. */
  readonly routers: Map<string, WeakRef<Observed>>
  /** false: stopped, or somebody cleared the registry. */
  isRegistered(): boolean
  unregister(): void
}

const families = new WeakMap<AnyRegistry, Map<string, Family>>()

function familyOf(register: AnyRegistry, prefix: string): Family {
  const byPrefix = families.get(register) ?? new Map<string, Family>()
  families.set(register, byPrefix)
  const known = byPrefix.get(prefix)
  if (known?.isRegistered() === true) return known
  const made = makeFamily(register, prefix)
  byPrefix.set(prefix, made)
  return made
}

function makeFamily(register: AnyRegistry, prefix: string): Family {
  const registers = [register]
  const names: string[] = []
  const named = <Labels extends readonly string[]>(name: string, help: string, labelNames: Labels) => {
    names.push(prefix + name)
    return {name: prefix + name, help, labelNames, registers}
  }
  const routers = new Map<string, WeakRef<Observed>>()
  const made = Object.entries(counters).map(([name, {help, labels}]) => [
    name,
    new Counter(named(name, help, ['router', ...labels])),
  ])
  const family: Family = {
    counters: Object.fromEntries(made) as Record<CounterName, Counter>,
    duration: new Histogram({...named(duration.name, duration.help, duration.labels), buckets: durationBuckets}),
    routers,
    isRegistered: () => register.getSingleMetric(prefix + duration.name) === family.duration,
    unregister: () => {
      if (family.isRegistered()) for (const name of names) register.removeSingleMetric(name)
    },
  }
  for (const {name, help, value} of routerGauges) {
    makeGauge(named(name, help, ['router']), routers, (gauge, label, router) =>
      gauge.set({router: label}, value(router)),
    )
  }
  for (const {name, help, value} of nodeGauges) {
    makeGauge(named(name, help, ['router', 'node']), routers, (gauge, label, router) => {
      for (const facts of router.nodes()) {
        const known = value(facts)
        if (known !== null) gauge.set({router: label, node: facts.node}, known)
      }
    })
  }
  return family
}

type GaugeNaming = Pick<ConstructorParameters<typeof Gauge<string>>[0], 'name' | 'help' | 'labelNames' | 'registers'>

/** A gauge that is filled anew at each scrape, so that a node that is gone is not shown any more. */
function makeGauge(
  naming: GaugeNaming,
  routers: Family['routers'],
  fill: (gauge: Gauge, label: string, router: Observed) => void,
): void {
  new Gauge({
    ...naming,
    collect() {
      this.reset()
      for (const [label, weak] of routers) {
        const router = weak.deref()
        if (router !== undefined) fill(this, label, router)
      }
    },
  })
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000
}
