// `pg-highload-lab/router/opentelemetry`: a router's requests and nodes as metrics and spans of OpenTelemetry, by the
// semantic conventions for database clients (1.45), the only file that loads @opentelemetry/api. Invariants: no timer;
// a router is held weakly; after stop() its pools are reported once more, as empty, and then nothing of it is.
//
// What a span is here: one whole request, with all its tries, as the conventions want it. It is made when the request
// has ended, of the event that tells so, with the times that it had; its parent is the span that was active where the
// router was called, because the event is emitted in the caller's own asynchronous context. Limits that follow: a
// sampler sees it late; it is a sibling, not the parent, of the spans that an instrumentation of `pg` makes for the
// tries inside of it; the statements inside of a transaction have none of their own. Nothing of a statement's text is
// told, so `db.operation.name` is the router's: read, write, transaction.
//
// @opentelemetry/instrumentation-pg beside it counts the same work again, under its own scope. Its
// db.client.connection.count mixes pools (opentelemetry-js-contrib#3354); the one here has a pool name for each node.
import {
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Meter,
  type MeterProvider,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api'
import type {RefusedEvent, ServedEvent} from '../router-events.ts'
import {nowMs} from '../time/deadline.ts'
import {countedEvents, countingHandlers, type CountedEvent} from './counted-events.ts'
import {listen, type Observation, type Observed} from './observed.ts'

export type {Observation, Observed, ObservedNode} from './observed.ts'

/** Where the metrics and spans of a router go, and how they are told apart. */
export interface OpenTelemetryOptions {
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider
  /** Default: the global one. */
  readonly meterProvider?: MeterProvider
  /**
   * Tells several routers of one process apart: the attribute `pg_router.name`, and the beginning of the names of their
   * pools.
   */
  readonly name?: string
  /** false: metrics only. Default true. */
  readonly spans?: boolean
}

const scope = 'pg-highload-lab/router'
/** The boundaries that the conventions recommend, and one for the wait for a failover. */
const durationBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20]

/** Reports what a router does and sees until stop(). */
export function observeWithOpenTelemetry(router: Observed, options: OpenTelemetryOptions = {}): Observation {
  const {
    tracerProvider = trace.getTracerProvider(),
    meterProvider = metrics.getMeterProvider(),
    name,
    spans = true,
  } = options
  const meter = meterProvider.getMeter(scope)
  const own: Attributes = name === undefined ? {} : {'pg_router.name': name}
  const database = router.options?.database
  const common: Attributes = {
    'db.system.name': 'postgresql',
    ...(database === undefined ? {} : {'db.namespace': database}),
    ...own,
  }
  const duration = meter.createHistogram('db.client.operation.duration', {
    unit: 's',
    description: 'Duration of database client operations.',
    advice: {explicitBucketBoundaries: durationBoundaries},
  })
  const tracer = spans ? tracerProvider.getTracer(scope) : null
  const counters = countersOf(meter)

  const stopListening = listen(router.events, {
    served: event => {
      const attributes = {
        ...common,
        'db.operation.name': event.kind,
        ...serverOf(event.node),
        'pg_router.role': event.role,
      }
      duration.record(event.ms / 1_000, attributes)
      if (tracer !== null)
        recordSpan(tracer, database, event, {
          ...attributes,
          'pg_router.reason': event.reason,
          'pg_router.attempts': event.attempts,
        })
    },
    refused: event => {
      const attributes = {...common, 'db.operation.name': event.kind, ...errorOf(event)}
      duration.record(event.ms / 1_000, attributes)
      if (tracer !== null) recordSpan(tracer, database, event, attributes)
    },
    ...countingHandlers((counted, {node, ...labels}) =>
      counters[counted].add(1, {...own, ...serverOf(node), ...prefixed(labels)}),
    ),
  })
  const stopObserving = observePools(meter, new WeakRef(router), {own, name, max: router.options?.max})
  return {
    stop: () => {
      stopListening()
      stopObserving()
    },
  }
}

/** The times are on the clock of performance.now(), which the API takes as it is. */
function recordSpan(
  tracer: Tracer,
  database: string | undefined,
  event: ServedEvent | RefusedEvent,
  attributes: Attributes,
): void {
  const endTime = nowMs()
  const span = tracer.startSpan(database === undefined ? event.kind : `${event.kind} ${database}`, {
    kind: SpanKind.CLIENT,
    startTime: endTime - event.ms,
    attributes,
  })
  if ('code' in event) span.setStatus({code: SpanStatusCode.ERROR, message: `${event.code}, ${event.outcome}`})
  span.end(endTime)
}

interface PoolNaming {
  readonly own: Attributes
  readonly name: string | undefined
  readonly max: number | undefined
}

/**
 * The pools of the nodes, asked once for all instruments whenever the metrics are collected. Returns how to end that.
 */
function observePools(meter: Meter, weak: WeakRef<Observed>, naming: PoolNaming): () => void {
  const instruments = poolInstruments(meter)
  const all = Object.values(instruments)
  let stopped = false
  /**
   * The SDK for JavaScript repeats the last value of what is not observed any more: a pool that is gone is told once
   * more, as empty.
   */
  let before: readonly string[] = []
  const callback: BatchCallback = result => {
    const router = stopped ? undefined : weak.deref()
    const facts = router?.nodes() ?? []
    const nodes = facts.map(({node}) => node)
    for (const {node, connections} of facts)
      observePool(result, instruments, naming, {node, ...connections, max: naming.max})
    for (const node of before)
      if (!nodes.includes(node))
        observePool(result, instruments, naming, {
          node,
          total: 0,
          idle: 0,
          waiting: 0,
          max: naming.max === undefined ? undefined : 0,
        })
    result.observe(instruments.waiting, router?.waitingCount ?? 0, naming.own)
    before = nodes
    // Not at once: the SDK is going through its callbacks.
    if (router === undefined) queueMicrotask(() => meter.removeBatchObservableCallback(callback, all))
  }
  meter.addBatchObservableCallback(callback, all)
  return () => {
    stopped = true
  }
}

interface PoolState {
  readonly node: string
  readonly total: number
  readonly idle: number
  readonly waiting: number
  readonly max: number | undefined
}

function observePool(
  result: Parameters<BatchCallback>[0],
  instruments: PoolInstruments,
  {own, name}: PoolNaming,
  {node, total, idle, waiting, max}: PoolState,
): void {
  const pool = {...own, 'db.client.connection.pool.name': name === undefined ? node : `${name}/${node}`}
  result.observe(instruments.connections, idle, {...pool, 'db.client.connection.state': 'idle'})
  result.observe(instruments.connections, total - idle, {...pool, 'db.client.connection.state': 'used'})
  result.observe(instruments.pending, waiting, pool)
  if (max !== undefined) result.observe(instruments.max, max, pool)
}

type BatchCallback = Parameters<Meter['addBatchObservableCallback']>[0]

type PoolInstruments = ReturnType<typeof poolInstruments>

function poolInstruments(meter: Meter) {
  return {
    connections: meter.createObservableUpDownCounter('db.client.connection.count', {
      unit: '{connection}',
      description: 'The number of connections that are currently in state described by the state attribute.',
    }),
    max: meter.createObservableUpDownCounter('db.client.connection.max', {
      unit: '{connection}',
      description: 'The maximum number of open connections allowed.',
    }),
    pending: meter.createObservableUpDownCounter('db.client.connection.pending_requests', {
      unit: '{request}',
      description: 'The number of current pending requests for an open connection.',
    }),
    waiting: meter.createObservableUpDownCounter('pg_router.requests.waiting', {
      unit: '{request}',
      description: 'Requests that wait for a node or a connection.',
    }),
  }
}

function countersOf(meter: Meter): Readonly<Record<CountedEvent, ReturnType<Meter['createCounter']>>> {
  const made = Object.entries(countedEvents).map(([name, {help}]) => [
    name,
    meter.createCounter(`pg_router.${name}`, {description: help}),
  ])
  return Object.fromEntries(made) as Record<CountedEvent, ReturnType<Meter['createCounter']>>
}

/** A node is `host:port`; under Patroni it is the name of a member, and where that leads is not told. */
function serverOf(node: string): Attributes {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(node) ?? []
  return host === undefined ? {'server.address': node} : {'server.address': host, 'server.port': Number(port)}
}

/** error.type is RouterError's code or the SQLSTATE; every SQLSTATE has a digit, and no code of RouterError has one. */
function errorOf({code, outcome}: RefusedEvent): Attributes {
  return {
    'error.type': code,
    ...(/^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? {'db.response.status_code': code} : {}),
    'pg_router.outcome': outcome,
  }
}

function prefixed(labels: Readonly<Record<string, string>>): Attributes {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [`pg_router.${label}`, value]))
}
