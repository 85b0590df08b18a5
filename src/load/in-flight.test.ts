import {describe, expect, test} from 'vitest'
import type {Op} from '../model/history.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Attempt, Reply} from './access-paths/access-path.ts'
import {createInFlight, graceMs} from './in-flight.ts'
import {append} from './operations/append.ts'
import type {Operation} from './operations/operation.ts'

interface Bench {
  nowMs: number
  readonly ops: Op[]
}

function bench() {
  const state: Bench = {nowMs: 0, ops: []}
  const inFlight = createInFlight({
    clock: {nowMs: () => state.nowMs},
    nodeAt: () => 'pg1',
    onOp: op => state.ops.push(op),
  })
  return {state, inFlight}
}

/** An append whose reply the test gives by hand. */
function held(id: number): {
  readonly operation: Operation
  readonly attempts: Attempt[]
  readonly end: PromiseWithResolvers<Reply>
} {
  const end = Promise.withResolvers<Reply>()
  const attempts: Attempt[] = []
  const write = async (_: unknown, attempt: Attempt): Promise<Reply> => {
    attempts.push(attempt)
    return end.promise
  }
  return {operation: append({write}, 'r', {id, dueMs: 0, invokedMs: 0}, {session: 0, version: id}), attempts, end}
}

const reply: Reply = {row: {server: 'x', timeline: '00000001'}, node: null, timeline: null, localOnly: false}

describe('an operation under way', () => {
  test('is recorded when its reply comes', async () => {
    const {state, inFlight} = bench()
    const {operation, end} = held(1)
    const done = inFlight.issue(operation, 1_000)
    expect(inFlight.size()).toBe(1)
    state.nowMs = 7
    end.resolve(reply)
    await done
    expect(inFlight.size()).toBe(0)
    expect(state.ops).toEqual([
      {
        kind: 'append',
        id: 1,
        session: 0,
        version: 1,
        dueMs: 0,
        invokedMs: 0,
        completedMs: 7,
        outcome: 'ok',
        node: 'pg1',
        timeline: 1,
        error: null,
      },
    ])
  })

  test('is recorded when it fails, with how far it came', async () => {
    const {state, inFlight} = bench()
    const {operation, end} = held(1)
    const done = inFlight.issue(operation, 1_000)
    end.reject(new AccessPathError('not-applied', '25006', 'read-only'))
    await done
    expect(state.ops).toMatchObject([{outcome: 'failed', error: {code: '25006'}}])
  })

  test.each([
    [true, 'unknown'],
    [false, 'failed'],
  ] as const)('ends at its deadline (sent: %s -> %s), once, whatever comes later', async (sent, outcome) => {
    const {state, inFlight} = bench()
    const {operation, attempts, end} = held(1)
    const done = inFlight.issue(operation, 1_000)
    const attempt = attempts[0]
    if (attempt === undefined) throw new Error('not sent')
    attempt.sent = sent
    state.nowMs = 1_000 + graceMs
    inFlight.sweep(state.nowMs)
    expect(state.ops).toEqual([])
    state.nowMs += 1
    inFlight.sweep(state.nowMs)
    expect(state.ops).toMatchObject([{outcome, error: {code: 'DEADLINE'}, completedMs: 1_101}])
    expect(attempt.over).toBe(true)
    end.resolve(reply)
    await done
    expect(state.ops.length).toBe(1)
    expect(inFlight.size()).toBe(0)
  })

  test('that was never sent is in the history too', () => {
    const {state, inFlight} = bench()
    inFlight.refuse(held(5).operation, 'QUEUE_FULL', 'full')
    expect(state.ops).toMatchObject([
      {id: 5, outcome: 'failed', completedMs: 0, error: {code: 'QUEUE_FULL', message: 'full'}},
    ])
  })
})
