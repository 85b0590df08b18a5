import {describe, expect, test} from 'vitest'
import type {Op} from '../model/history.ts'
import type {Clock} from '../model/ports.ts'
import type {RunEvent} from '../model/run-event.ts'
import {defaultLoad} from '../model/scenario.ts'
import type {LoadSpec} from '../model/scenario.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Attempt, AccessPath, Reply} from './access-paths/access-path.ts'
import {createEngine, inFlightMax} from './load-engine.ts'
import type {Engine} from './load-engine.ts'
import type {NodeConnection} from './node-connection.ts'
import {clusterOperations} from './operations/load-operations.ts'

/** Time that moves only when the test says so. */
class VirtualClock implements Clock {
  private now = 0
  private waiting: {readonly atMs: number; readonly wake: () => void}[] = []
  nowMs(): number {
    return this.now
  }
  wallTime(): string {
    return ''
  }
  async wait(ms: number): Promise<void> {
    await new Promise<void>(wake => this.waiting.push({atMs: this.now + ms, wake}))
  }
  async advance(ms: number): Promise<void> {
    const untilMs = this.now + ms
    for (;;) {
      await settled()
      const next = this.waiting.toSorted((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined || next.atMs > untilMs) break
      this.waiting = this.waiting.filter(waiter => waiter !== next)
      this.now = Math.max(this.now, next.atMs)
      next.wake()
    }
    this.now = untilMs
    await settled()
  }
  /** The process did not run for a while: time passes and nobody wakes. */
  stall(ms: number): void {
    this.now += ms
  }
}

/** Lets everything that can go on go on. */
async function settled(): Promise<void> {
  for (let i = 0; i < 30; i += 1) await Promise.resolve()
}

type Behaviour = (attempt: Attempt) => Promise<Reply>
const okFrom =
  (server: string): Behaviour =>
  async attempt => {
    attempt.sent = true
    return {row: {server, timeline: '00000001', seen: 3, lsn: '0/1'}, node: null, timeline: null, localOnly: false}
  }
const refuse: Behaviour = () =>
  Promise.reject(new AccessPathError('not-applied', '25006', 'cannot execute INSERT in a read-only transaction'))
const silent: Behaviour = attempt => {
  attempt.sent = true
  return new Promise<Reply>(() => undefined)
}

interface Bench {
  readonly clock: VirtualClock
  readonly engine: Engine
  readonly ops: Op[]
  readonly events: RunEvent[]
  shared: Behaviour
  readonly node: Record<string, Behaviour>
}

function bench(load: Partial<LoadSpec> = {}, onOp?: (op: Op) => void): Bench {
  const clock = new VirtualClock()
  const ops: Op[] = []
  const events: RunEvent[] = []
  const node: Record<string, Behaviour> = {pg1: okFrom('10.0.0.1'), pg2: refuse, pg3: refuse}
  const state: Bench = {clock, ops, events, shared: okFrom('10.0.0.1'), node, engine: null as never}
  const call = (_: unknown, attempt: Attempt): Promise<Reply> => state.shared(attempt)
  const path: AccessPath = {
    write: call,
    transaction: call,
    readPrimary: call,
    readStandby: call,
    warm: async () => undefined,
    close: async () => undefined,
  }
  const session = (name: string): NodeConnection => {
    const write = (_: unknown, attempt: Attempt): Promise<Reply> => (node[name] ?? refuse)(attempt)
    return {
      server: {address: null, inRecovery: false},
      broken: () => false,
      write,
      read: write,
      transaction: write,
      close: () => undefined,
    }
  }
  const engine = createEngine({
    run: 'r1',
    load: {...defaultLoad, ...load},
    nodes: ['pg1', 'pg2', 'pg3'],
    operations: clusterOperations(path, 'r1', {next: () => 0.25}),
    openPinned: async name => session(name),
    nodeAt: server => ({'10.0.0.1': 'pg1', '10.0.0.2': 'pg2'})[server],
    clock,
    onOp: onOp ?? (op => ops.push(op)),
    emit: event => events.push(event),
  })
  return Object.assign(state, {engine})
}

const countOf = (ops: readonly Op[], kind: Op['kind']): number => ops.filter(op => op.kind === kind).length

describe('the load', () => {
  test('issues every stream at its rate, numbers all of it once and tells a window a second', async () => {
    const {engine, clock, ops, events} = bench()
    await engine.warm()
    engine.start()
    await clock.advance(2_999)
    const stopped = engine.stop()
    await clock.advance(50)
    await stopped
    expect(countOf(ops, 'append')).toBe(300)
    expect(countOf(ops, 'transfer')).toBe(30)
    expect(countOf(ops, 'read-primary')).toBe(150)
    expect(countOf(ops, 'read-standby')).toBe(150)
    expect(countOf(ops, 'pinned-write')).toBe(90)
    expect(ops.map(op => op.id).toSorted((a, b) => a - b)).toEqual(ops.map((_, index) => index + 1))
    expect(
      ops.every(op => op.completedMs >= op.invokedMs && op.invokedMs >= op.dueMs && op.invokedMs - op.dueMs <= 5),
    ).toBe(true)
    expect(ops.filter(op => op.kind === 'append').every(op => op.node === 'pg1' && op.timeline === 1)).toBe(true)
    expect(
      events.filter(event => event.kind === 'load.window').map(window => [window.ok, window.failed, window.readsOk]),
    ).toEqual([
      [110, 0, 100],
      [110, 0, 100],
      [110, 0, 100],
    ])
  })

  test('stays open-loop when nothing answers: arrivals go on, each ends at its deadline as unknown', async () => {
    const state = bench({deadlineMs: 500, pinnedWritesPerSecond: 0})
    state.engine.start()
    await state.clock.advance(995)
    state.shared = silent
    await state.clock.advance(1_000)
    const stopped = state.engine.stop()
    await state.clock.advance(2_000)
    await stopped
    const writes = state.ops.filter(op => op.kind === 'append')
    expect(writes.length).toBe(200)
    const hung = writes.filter(op => op.outcome === 'unknown')
    expect(hung.length).toBe(100)
    expect(hung.every(op => op.completedMs - op.invokedMs > 500 && op.completedMs - op.invokedMs <= 610)).toBe(true)
    expect(state.ops.filter(op => op.kind === 'read-primary' && op.outcome === 'unknown')).toEqual([])
    expect(state.engine.writableSinceMs()).toBeNull()
  })

  test('issues what a stall made late, marks it by its times and says so once', async () => {
    const {engine, clock, ops, events} = bench({pinnedWritesPerSecond: 0})
    engine.start()
    await clock.advance(100)
    clock.stall(700)
    await clock.advance(200)
    const stopped = engine.stop()
    await clock.advance(10)
    await stopped
    expect(countOf(ops, 'append')).toBe(101)
    expect(ops.filter(op => op.kind === 'append' && op.invokedMs - op.dueMs > 100).length).toBe(59)
    expect(events.filter(event => event.kind === 'warning').map(warning => warning.code)).toEqual(['LOAD_LATE'])
  })

  test('refuses arrivals beyond the limit and still has each of them in the history', async () => {
    const load = {
      writesPerSecond: 1_000,
      transfersPerSecond: 0,
      primaryReadsPerSecond: 0,
      standbyReadsPerSecond: 0,
      pinnedWritesPerSecond: 0,
      deadlineMs: 100,
    }
    expect(inFlightMax({...defaultLoad, ...load})).toBe(200)
    const state = bench(load)
    state.shared = silent
    state.engine.start()
    state.clock.stall(300)
    await state.clock.advance(0)
    await state.clock.advance(20)
    const stopped = state.engine.stop()
    await state.clock.advance(1_000)
    await stopped
    expect(state.ops.filter(op => op.outcome === 'failed' && op.error?.code === 'QUEUE_FULL').length).toBeGreaterThan(0)
    expect(state.ops.map(op => op.id).toSorted((a, b) => a - b)).toEqual(state.ops.map((_, index) => index + 1))
  })

  test('knows since when writes go through without a break', async () => {
    const state = bench({pinnedWritesPerSecond: 0})
    state.engine.start()
    await state.clock.advance(400)
    expect(state.engine.writableSinceMs()).toBe(0)
    state.shared = refuse
    await state.clock.advance(300)
    expect(state.engine.writableSinceMs()).toBeNull()
    state.shared = okFrom('10.0.0.2')
    await state.clock.advance(300)
    expect(state.engine.writableSinceMs()).toBe(710)
    state.engine.close()
  })

  test('tells what a sink threw when it is stopped: a history with a hole is no history', async () => {
    const {engine, clock} = bench({}, () => {
      throw new Error('disk full')
    })
    engine.start()
    await clock.advance(20)
    const stopped = expect(engine.stop()).rejects.toThrow('disk full')
    await clock.advance(50)
    await stopped
  })
})

describe('the pinned writers', () => {
  test('show which nodes acknowledge, and tell each change with its reason', async () => {
    const state = bench()
    await state.engine.warm()
    state.engine.start()
    await state.clock.advance(500)
    expect(state.engine.writableNodes()).toEqual(['pg1'])
    state.node['pg2'] = okFrom('10.0.0.2')
    await state.clock.advance(200)
    expect(state.engine.writableNodes()).toEqual(['pg1', 'pg2'])
    state.node['pg1'] = refuse
    await state.clock.advance(200)
    expect(state.engine.writableNodes()).toEqual(['pg2'])
    expect(
      state.events.filter(event => event.kind === 'node.writable' || event.kind === 'node.unwritable'),
    ).toMatchObject([
      {kind: 'node.writable', node: 'pg1', timeline: 1},
      {kind: 'node.writable', node: 'pg2', timeline: 1},
      {kind: 'node.unwritable', node: 'pg1', reason: '25006: cannot execute INSERT in a read-only transaction'},
    ])
    state.engine.close()
  })

  test('have one write under way on a node that does not answer, and the others are refused', async () => {
    const state = bench()
    let calls = 0
    state.node['pg1'] = async attempt => {
      calls += 1
      return silent(attempt)
    }
    state.engine.start()
    await state.clock.advance(3_000)
    expect(calls).toBe(1)
    const onPaused = state.ops.filter(op => op.kind === 'pinned-write' && op.pinnedTo === 'pg1')
    expect(onPaused.filter(op => op.error?.code === 'BUSY').length).toBe(onPaused.length - 1)
    expect(onPaused.filter(op => op.outcome === 'unknown').length).toBe(1)
    expect(state.engine.writableNodes()).toEqual([])
    state.engine.close()
  })

  test('let a node count as writable no longer than a second after its last acknowledged write', async () => {
    const state = bench({pinnedWritesPerSecond: 0.1})
    state.engine.start()
    await state.clock.advance(900)
    expect(state.engine.writableNodes()).toEqual(['pg1'])
    await state.clock.advance(200)
    expect(state.engine.writableNodes()).toEqual([])
    state.engine.close()
  })
})
