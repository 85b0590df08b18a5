// What OpenTelemetry gets, by its real SDK: metrics by the semantic conventions, and spans with the times and the
// parent that the request had. That the parent is the caller's is proved on a real Router, since it is the router that
// keeps the caller's asynchronous context; its server is a stand-in of a few messages.
import {AsyncLocalStorage} from 'node:async_hooks'
import {once} from 'node:events'
import {createServer, type AddressInfo, type Server, type Socket} from 'node:net'
import {context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Context, type ContextManager} from '@opentelemetry/api'
import {MeterProvider} from '@opentelemetry/sdk-metrics'
import {BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor} from '@opentelemetry/sdk-trace-base'
import {afterEach, beforeEach, describe, expect, it, onTestFinished} from 'vitest'
import {FakeObserved, fakeNode} from '../../../test/fakes/fake-observed.ts'
import {ValuesReader} from '../../../test/fakes/values-reader.ts'
import {Router} from '../router.ts'
import {observeWithOpenTelemetry} from './opentelemetry.ts'

function telemetry() {
  const reader = new ValuesReader()
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({spanProcessors: [new SimpleSpanProcessor(exporter)]})
  return {
    reader,
    exporter,
    tracer: tracerProvider.getTracer('test'),
    options: {meterProvider: new MeterProvider({readers: [reader]}), tracerProvider},
  }
}

const served = {node: 'db1.example:5433', role: 'standby', kind: 'read', reason: 'SELECT', attempts: 2, ms: 40} as const

describe('metrics', () => {
  it('time requests as the conventions say, failed ones with their error', async () => {
    const [{reader, options}, router] = [telemetry(), new FakeObserved()]
    router.options.database = 'shop'
    observeWithOpenTelemetry(router, options)
    router.events.emit('served', served)
    router.events.emit('refused', {kind: 'write', code: '23505', outcome: 'not-applied', ms: 5})
    router.events.emit('refused', {kind: 'transaction', code: 'ENDED', outcome: 'not-sent', ms: 1_000})
    const common = {'db.system.name': 'postgresql', 'db.namespace': 'shop'}
    expect((await reader.values())['db.client.operation.duration s']).toEqual([
      [
        {
          ...common,
          'db.operation.name': 'read',
          'server.address': 'db1.example',
          'server.port': 5433,
          'pg_router.role': 'standby',
        },
        [1, 0.04],
      ],
      [
        {
          ...common,
          'db.operation.name': 'write',
          'error.type': '23505',
          'db.response.status_code': '23505',
          'pg_router.outcome': 'not-applied',
        },
        [1, 0.005],
      ],
      [{...common, 'db.operation.name': 'transaction', 'error.type': 'ENDED', 'pg_router.outcome': 'not-sent'}, [1, 1]],
    ])
  })

  it('show a pool for each node, and what waits', async () => {
    const [{reader, options}, router] = [telemetry(), new FakeObserved()]
    router.options.max = 10
    router.waitingCount = 4
    router.facts = [
      fakeNode({node: '[::1]:5432', role: 'primary', connections: {total: 5, idle: 2, waiting: 1}}),
      fakeNode({node: 'pg2'}),
    ]
    const observation = observeWithOpenTelemetry(router, {...options, name: 'orders'})
    const own = {'pg_router.name': 'orders'}
    const pool = (node: string) => ({...own, 'db.client.connection.pool.name': `orders/${node}`})
    expect(await reader.values()).toEqual({
      'db.client.connection.count {connection}': [
        [{...pool('[::1]:5432'), 'db.client.connection.state': 'idle'}, 2],
        [{...pool('[::1]:5432'), 'db.client.connection.state': 'used'}, 3],
        [{...pool('pg2'), 'db.client.connection.state': 'idle'}, 0],
        [{...pool('pg2'), 'db.client.connection.state': 'used'}, 0],
      ],
      'db.client.connection.max {connection}': [
        [pool('[::1]:5432'), 10],
        [pool('pg2'), 10],
      ],
      'db.client.connection.pending_requests {request}': [
        [pool('[::1]:5432'), 1],
        [pool('pg2'), 0],
      ],
      'pg_router.requests.waiting {request}': [[own, 4]],
    })
    router.facts = router.facts.slice(1)
    const gone = await reader.values()
    expect(gone['db.client.connection.count {connection}']).toContainEqual([
      {...pool('[::1]:5432'), 'db.client.connection.state': 'used'},
      0,
    ])
    expect(gone['db.client.connection.max {connection}']).toEqual([
      [pool('[::1]:5432'), 0],
      [pool('pg2'), 10],
    ])
    observation.stop()
    expect(router.listeners).toBe(0)
    router.waitingCount = 5
    expect(
      Object.values(await reader.values())
        .flat()
        .map(([, value]) => value),
    ).toEqual(Array.from({length: 9}, () => 0))
  })

  it('are not asked for any more after the collection that follows stop()', async () => {
    const [{reader, options}, router] = [telemetry(), new FakeObserved()]
    const added: unknown[] = []
    const removed: unknown[] = []
    const meter = options.meterProvider.getMeter('pg-highload-lab/router')
    const spied = new Proxy(meter, {
      get: (target, key) => {
        if (key === 'addBatchObservableCallback') added.push(key)
        if (key === 'removeBatchObservableCallback') removed.push(key)
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const observation = observeWithOpenTelemetry(router, {...options, meterProvider: {getMeter: () => spied}})
    await reader.values()
    expect([added.length, removed.length]).toEqual([1, 0])
    observation.stop()
    await reader.values()
    expect([added.length, removed.length]).toEqual([1, 1])
  })

  it('count what happens inside', async () => {
    const [{reader, options}, router] = [telemetry(), new FakeObserved()]
    observeWithOpenTelemetry(router, options)
    router.events.emit('primary', {node: '[::1]:5432', timeline: 1, previous: null})
    router.events.emit('primary', {node: '[::1]:5432', timeline: 3, previous: 'pg2'})
    router.events.emit('attempt-failed', {
      node: 'pg2',
      outcome: 'not-sent',
      errorCode: 'ECONNREFUSED',
      attempt: 1,
      willRetry: true,
    })
    const {'pg_router.primary_changes ': changes, 'pg_router.attempt_failures ': failures} = await reader.values()
    expect(changes).toEqual([[{'server.address': '::1', 'server.port': 5432}, 1]])
    expect(failures).toEqual([
      [{'server.address': 'pg2', 'pg_router.outcome': 'not-sent', 'pg_router.retried': 'true'}, 1],
    ])
  })
})

describe('spans', () => {
  it('have the time that the request had, and say where it went', () => {
    const [{exporter, options}, router] = [telemetry(), new FakeObserved()]
    observeWithOpenTelemetry(router, options)
    const before = Date.now()
    router.events.emit('served', served)
    const after = Date.now()
    const [span] = exporter.getFinishedSpans()
    expect(span).toMatchObject({
      name: 'read',
      kind: SpanKind.CLIENT,
      status: {code: SpanStatusCode.UNSET},
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'read',
        'server.address': 'db1.example',
        'pg_router.reason': 'SELECT',
        'pg_router.attempts': 2,
      },
    })
    expect(msOf(span?.duration)).toBeCloseTo(40, 3)
    // Two clocks, one of which counts whole ms.
    expect(msOf(span?.endTime)).toBeGreaterThan(before - 2)
    expect(msOf(span?.endTime)).toBeLessThan(after + 2)
  })

  it('of failed requests are errors', () => {
    const [{exporter, options}, router] = [telemetry(), new FakeObserved()]
    router.options.database = 'shop'
    observeWithOpenTelemetry(router, options)
    router.events.emit('refused', {kind: 'write', code: 'DEADLINE', outcome: 'unknown', ms: 5})
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        name: 'write shop',
        status: {code: SpanStatusCode.ERROR, message: 'DEADLINE, unknown'},
        attributes: {'error.type': 'DEADLINE', 'pg_router.outcome': 'unknown'},
      },
    ])
  })

  it('are not made when nobody wants them', () => {
    const [{exporter, options}, router] = [telemetry(), new FakeObserved()]
    observeWithOpenTelemetry(router, {...options, spans: false})
    router.events.emit('served', served)
    expect(exporter.getFinishedSpans()).toEqual([])
  })
})

describe('the parent of a span', () => {
  beforeEach(() => void context.setGlobalContextManager(new LocalStorageContexts()))
  afterEach(() => context.disable())

  it('is what was active where the router was called, also when requests wait for each other', async () => {
    const [server, {exporter, tracer, options}] = [await listening(), telemetry()]
    const router = new Router({
      topology: {hosts: [`127.0.0.1:${(server.address() as AddressInfo).port}`]},
      user: 'app',
      max: 1,
    })
    onTestFinished(() => router.end())
    observeWithOpenTelemetry(router, options)
    const calls = [
      () => router.query('SELECT 1'),
      () => router.read('SELECT 2'),
      () => router.transaction(client => client.query('INSERT')),
      () => router.write('INSERT', [], {signal: AbortSignal.abort()}).catch(() => undefined),
    ]
    const callers = calls.map(call =>
      tracer.startActiveSpan('caller', async span => {
        await call()
        span.end()
        return span.spanContext().spanId
      }),
    )
    const ids = await Promise.all(callers)
    const made = exporter.getFinishedSpans().filter(({name}) => name !== 'caller')
    // A set: what the router asks on its own account, because of a caller, is that caller's too.
    expect(new Set(made.map(span => span.parentSpanContext?.spanId))).toEqual(new Set(ids))
    expect(made.find(({name}) => name === 'transaction')?.parentSpanContext?.spanId).toBe(ids[2])
    expect(made.find(({status}) => status.code === SpanStatusCode.ERROR)?.parentSpanContext?.spanId).toBe(ids[3])
  })
})

function msOf(time: readonly [number, number] | undefined): number {
  return time === undefined ? NaN : time[0] * 1_000 + time[1] / 1_000_000
}

/** As @opentelemetry/context-async-hooks does it. */
class LocalStorageContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run<ReturnType<F>, []>(active, () => Reflect.apply(work, self, args))
  }

  bind<T>(active: Context, target: T): T {
    return typeof target === 'function'
      ? (((...args: unknown[]) =>
          this.#storage.run(active, () => Reflect.apply(target, undefined, args) as unknown)) as T)
      : target
  }

  enable(): this {
    return this
  }

  disable(): this {
    return this
  }
}

/** A primary: to a simple query it answers the row of its status, to an extended one that it is done. */
async function listening(): Promise<Server> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    let open = false
    let transaction = false
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      if (!open) socket.write(Buffer.concat([message('R', int32(0)), message('K', int32(1), int32(1)), ready(false)]))
      else if (chunk[0] === 0x51)
        socket.write(Buffer.concat([...statusRow(), message('C', 'SELECT 1\0'), ready(false)]))
      else {
        const text = chunk.toString('latin1')
        const tag = /BEGIN|COMMIT|ROLLBACK/.exec(text)?.[0] ?? 'SELECT 0'
        transaction = tag === 'BEGIN' || (transaction && tag === 'SELECT 0')
        socket.write(
          Buffer.concat([message('1'), message('2'), message('n'), message('C', `${tag}\0`), ready(transaction)]),
        )
      }
      open = true
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return server
}

function statusRow(): readonly Buffer[] {
  const values = ['f', '000000010000000000000001', '', '1000', '', '', '1']
  const columns = values.map(() =>
    Buffer.concat([Buffer.from('c\0'), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
  )
  return [
    message('T', int16(values.length), ...columns),
    message('D', int16(values.length), ...values.flatMap(value => [int32(value.length), value])),
  ]
}

function ready(transaction: boolean): Buffer {
  return message('Z', transaction ? 'T' : 'I')
}

function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map(part => Buffer.from(part)))
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}
