// What a scrape shows, by the real prom-client: names, labels, units, and that nothing is left of a router that is not
// observed any more.
import {Registry} from 'prom-client'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {describe, expect, expectTypeOf, it} from 'vitest'
import {FakeObserved, fakeNode} from '../../../test/fakes/fake-observed.ts'
import type {Router} from '../router.ts'
import {observeWithPrometheus, type Observed} from './prometheus.ts'

async function samples(register: Registry): Promise<readonly string[]> {
  return (await register.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
}

function about(lines: readonly string[], ...words: readonly string[]): readonly string[] {
  return lines.filter(line => words.every(word => line.includes(word)))
}

describe('a router in Prometheus', () => {
  it('is a Router, as it is', () => expectTypeOf<Router>().toExtend<Observed>())

  it('counts requests by kind, role and outcome, and times them', async () => {
    const [register, router] = [new Registry(), new FakeObserved()]
    observeWithPrometheus(router, {register})
    const served = {node: 'a:5432', role: 'standby', kind: 'read', reason: 'SELECT', attempts: 1} as const
    router.events.emit('served', {...served, ms: 2})
    router.events.emit('served', {...served, ms: 300})
    router.events.emit('refused', {kind: 'write', code: 'DEADLINE', outcome: 'unknown', ms: 15_000})
    const lines = await samples(register)
    expect(about(lines, 'requests_total')).toEqual([
      'pg_router_requests_total{router="default",kind="read",role="standby",outcome="served"} 2',
      'pg_router_requests_total{router="default",kind="write",role="none",outcome="unknown"} 1',
    ])
    expect(about(lines, 'errors_total')).toEqual([
      'pg_router_errors_total{router="default",kind="write",code="DEADLINE"} 1',
    ])
    expect(about(lines, 'duration_seconds_sum', 'read')).toEqual([
      'pg_router_request_duration_seconds_sum{router="default",kind="read",role="standby"} 0.302',
    ])
    expect(about(lines, 'duration_seconds_bucket', 'read', 'le="0.0025"')).toEqual([
      'pg_router_request_duration_seconds_bucket{le="0.0025",router="default",kind="read",role="standby"} 1',
    ])
    expect(about(lines, 'duration_seconds_bucket', 'write', 'le="20"')).toHaveLength(1)
  })

  it('counts what happens inside; the first primary is no change', async () => {
    const [register, router] = [new Registry(), new FakeObserved()]
    observeWithPrometheus(router, {register})
    router.events.emit('primary', {node: 'a', timeline: 1, previous: null})
    router.events.emit('attempt-failed', {
      node: 'a',
      outcome: 'not-sent',
      errorCode: 'ECONNREFUSED',
      attempt: 1,
      willRetry: true,
    })
    router.events.emit('primary-lost', {node: 'a', timeline: 1, lastSeen: ''})
    router.events.emit('primary-refused', {node: 'a', timeline: 1, why: 'timeline-behind'})
    router.events.emit('primary', {node: 'b', timeline: 2, previous: 'a'})
    router.events.emit('settled', {node: 'b', timeline: 2, as: 'send-again'})
    router.events.emit('replica-ejected', {node: 'c', forMs: 1_000})
    expect(about(await samples(register), '_total')).toEqual([
      'pg_router_attempt_failures_total{router="default",node="a",outcome="not-sent",retried="true"} 1',
      'pg_router_settled_writes_total{router="default",node="b",as="send-again"} 1',
      'pg_router_primary_changes_total{router="default",node="b"} 1',
      'pg_router_primary_losses_total{router="default",node="a"} 1',
      'pg_router_primary_refusals_total{router="default",node="a",why="timeline-behind"} 1',
      'pg_router_replica_ejections_total{router="default",node="c"} 1',
    ])
  })

  it('shows the nodes as they are at the scrape, in base units, and nothing that is not known', async () => {
    const [register, router] = [new Registry(), new FakeObserved()]
    observeWithPrometheus(router, {register, prefix: 'db_'})
    router.waitingCount = 3
    router.facts = [
      fakeNode({
        node: 'a:5432',
        role: 'primary',
        timeline: 7,
        inFlight: null,
        connections: {total: 5, idle: 2, waiting: 1},
      }),
      fakeNode({node: 'b:5432', timeline: 7, inFlight: 4, latencyMs: 1.5, lagBytes: 1_024, lagMs: 250, ejected: true}),
    ]
    const lines = await samples(register)
    expect(lines).toContain('db_requests_waiting{router="default"} 3')
    expect(about(lines, 'node="a:5432"').map(line => line.replace('{router="default",node="a:5432"}', ''))).toEqual([
      'db_node_connections 5',
      'db_node_connections_idle 2',
      'db_node_requests_waiting 1',
      'db_node_ejected 0',
      'db_node_primary 1',
      'db_node_timeline 7',
    ])
    expect(about(lines, 'node="b:5432"').map(line => line.replace('{router="default",node="b:5432"}', ''))).toEqual([
      'db_node_connections 0',
      'db_node_connections_idle 0',
      'db_node_requests_waiting 0',
      'db_node_requests_in_flight 4',
      'db_node_read_latency_seconds 0.0015',
      'db_node_lag_bytes 1024',
      'db_node_lag_seconds 0.25',
      'db_node_ejected 1',
      'db_node_primary 0',
      'db_node_timeline 7',
    ])
    router.facts = router.facts.slice(0, 1)
    expect(about(await samples(register), 'b:5432')).toEqual([])
  })

  it('has names as Prometheus wants them, each with a help', async () => {
    const register = new Registry()
    observeWithPrometheus(new FakeObserved(), {register})
    const metrics = await register.getMetricsAsJSON()
    expect(metrics).toHaveLength(20)
    for (const {name, help, type} of metrics) {
      expect(help.length, name).toBeGreaterThan(10)
      expect(name).toMatch(/^pg_router_[a-z]+(_[a-z]+)*$/)
      expect(name.endsWith('_total'), name).toBe(String(type) === 'counter')
    }
  })
})

describe('several routers in one registry', () => {
  it('differ in a label, and one that stops leaves the others alone', async () => {
    const [register, orders, users] = [new Registry(), new FakeObserved(), new FakeObserved()]
    const observed = observeWithPrometheus(orders, {register, name: 'orders'})
    const other = observeWithPrometheus(users, {register, name: 'users'})
    for (const router of [orders, users]) {
      router.facts = [fakeNode({node: 'a'})]
      router.events.emit('served', {node: 'a', role: 'primary', kind: 'write', reason: 'write()', attempts: 1, ms: 1})
      router.events.emit('primary-lost', {node: 'a', timeline: 1, lastSeen: ''})
    }
    expect(about(await samples(register), 'router="orders"').length).toBe(
      about(await samples(register), 'router="users"').length,
    )
    observed.stop()
    observed.stop()
    expect(orders.listeners).toBe(0)
    expect(about(await samples(register), 'router="orders"')).toEqual([])
    expect(about(await samples(register), 'router="users"').length).toBeGreaterThan(20)
    other.stop()
    expect(register.getMetricsAsArray()).toEqual([])
    observeWithPrometheus(orders, {register, name: 'orders'})
    expect(await samples(register)).toContain('pg_router_requests_waiting{router="orders"} 0')
  })

  it('may not have the same name', () => {
    const [register, router] = [new Registry(), new FakeObserved()]
    observeWithPrometheus(router, {register})
    const second = new FakeObserved()
    expect(() => observeWithPrometheus(second, {register})).toThrow(
      'a router named default is published in this registry already',
    )
    expect(second.listeners).toBe(0)
  })

  it('are published anew in a registry that was cleared', async () => {
    const register = new Registry()
    const first = new FakeObserved()
    const before = observeWithPrometheus(first, {register})
    register.clear()
    observeWithPrometheus(new FakeObserved(), {register})
    before.stop()
    expect(await samples(register)).toEqual(['pg_router_requests_waiting{router="default"} 0'])
  })
})

it('a router that nobody uses any more is not kept alive by the registry', async () => {
  setFlagsFromString('--expose_gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const register = new Registry()
  const weak = (() => {
    const router = new FakeObserved()
    observeWithPrometheus(router, {register})
    return new WeakRef(router)
  })()
  // A WeakRef holds its target until the turn of the loop in which it was made or read is over.
  await new Promise(resolve => setImmediate(resolve))
  collectGarbage()
  expect(weak.deref()).toBeUndefined()
  expect(about(await samples(register), 'requests_waiting')).toEqual([])
})
