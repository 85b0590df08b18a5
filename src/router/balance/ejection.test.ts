// Ejection: the rules as tables, and over random lives of a replica that it comes back, one request at a time.
import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {
  countsAgainst,
  ejectionMs,
  ejects,
  standingOf,
  type Ejection,
  type ReplicaFailure,
  type Standing,
} from './ejection.ts'
import {abandoned, failed, finished, newReplica, started, type Replica} from './replica.ts'

describe('a replica', () => {
  const healthy: Ejection = {failures: 0, ejections: 0, answeredAtMs: 0, ejectedUntilMs: -Infinity, probing: false}
  const ejected: Ejection = {failures: 3, ejections: 1, answeredAtMs: 0, ejectedUntilMs: 1_000, probing: false}

  it.each<readonly [string, Ejection, number, Standing]>([
    ['that never failed', healthy, 0, 'in'],
    ['that failed twice', {...healthy, failures: 2}, 0, 'in'],
    ['that is ejected', ejected, 999, 'out'],
    ['whose ejection is over', ejected, 1_000, 'half-open'],
    ['that is being tried', {...ejected, probing: true}, 1_000, 'out'],
    ['that was tried as a last resort, its ejection not over', {...ejected, probing: true}, 999, 'out'],
  ])('%s', (_what, replica, nowMs, expected) => expect(standingOf(replica, nowMs)).toBe(expected))

  it.each<readonly [string, Ejection, ReplicaFailure, number, boolean]>([
    ['the first error', {...healthy, failures: 1}, 'error', 0, false],
    ['the second error in a row', {...healthy, failures: 2}, 'error', 0, false],
    ['the third error in a row', {...healthy, failures: 3}, 'error', 0, true],
    ['one hang', {...healthy, failures: 1}, 'hang', 0, true],
    ['an error of a request from before the ejection', {...ejected, failures: 4}, 'error', 999, false],
    ['a hang of a request from before the ejection', {...ejected, failures: 4}, 'hang', 999, false],
    ['an error on trial', {...ejected, failures: 4, probing: true}, 'error', 1_000, true],
    ['a hang on trial', {...ejected, failures: 4, probing: true}, 'hang', 1_000, true],
  ])('after %s', (_what, replica, failure, nowMs, expected) => expect(ejects(replica, failure, nowMs)).toBe(expected))

  it.each<readonly [string, ReplicaFailure, number, boolean]>([
    ['an error', 'error', 50, true],
    ['an error, another request answered in the meantime', 'error', 150, true],
    ['a hang', 'hang', 50, true],
    ['a hang that began with the last answer', 'hang', 100, true],
    ['a hang, another request answered in the meantime', 'hang', 101, false],
  ])('%s counts, or not', (_what, failure, answeredAtMs, expected) =>
    expect(countsAgainst({...healthy, answeredAtMs}, failure, 100)).toBe(expected),
  )

  it('is out for twice as long each time, at most 30 s', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 2_000].map(ejectionMs)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ])
  })
})

describe('counting', () => {
  const serve = (replica: Replica, latencyMs: number, nowMs: number): void => {
    started(replica)
    finished(replica, latencyMs, nowMs)
  }
  const fail = (replica: Replica, failure: ReplicaFailure, nowMs: number): void => {
    started(replica)
    failed(replica, failure, 100, nowMs)
  }

  it('a success ends the row of failures', () => {
    const replica = newReplica('pg1')
    for (let round = 0; round < 5; round++) {
      fail(replica, 'error', round)
      fail(replica, 'error', round)
      serve(replica, 1, round)
    }
    expect(standingOf(replica, 5)).toBe('in')
  })

  it('goes out, is tried, goes out for longer, is tried, is in', () => {
    const replica = newReplica('pg1')
    fail(replica, 'hang', 100)
    expect(replica).toMatchObject({ejections: 1, ejectedUntilMs: 1_100})
    started(replica)
    expect(standingOf(replica, 1_100)).toBe('out')
    failed(replica, 'error', 50, 1_150)
    expect(replica).toMatchObject({ejections: 2, ejectedUntilMs: 3_150, probing: false})
    serve(replica, 1, 3_151)
    expect(replica).toMatchObject({ejections: 0, failures: 0})
    expect(standingOf(replica, 3_151)).toBe('in')
  })

  it('one outage with many requests under way is one ejection, and their late answers are no proof', () => {
    const replica = newReplica('pg1')
    for (let request = 0; request < 20; request++) started(replica)
    for (let request = 0; request < 18; request++) failed(replica, 'hang', 100, 100 + request)
    finished(replica, 200, 200)
    expect(replica).toMatchObject({ejections: 1, ejectedUntilMs: 1_100, inFlight: 1})
    finished(replica, 400, 300)
    expect(replica).toMatchObject({ejections: 1, inFlight: 0})
  })

  it('a success as a last resort, before the ejection is over, is proof', () => {
    const replica = newReplica('pg1')
    fail(replica, 'hang', 100)
    serve(replica, 10, 110)
    expect(standingOf(replica, 110)).toBe('in')
  })

  it('a trial that is given up makes room for the next', () => {
    const replica = newReplica('pg1')
    fail(replica, 'hang', 0)
    started(replica)
    expect(standingOf(replica, 1_000)).toBe('out')
    abandoned(replica)
    expect(standingOf(replica, 1_000)).toBe('half-open')
  })

  it('latency is a moving average, and begins anew when it is old', () => {
    const replica = newReplica('pg1')
    serve(replica, 4, 0)
    expect(replica.latencyMs).toBe(4)
    serve(replica, 8, 1_000)
    expect(replica.latencyMs).toBeCloseTo(4.8)
    serve(replica, 50, 2_001)
    expect(replica.latencyMs).toBe(50)
  })

  it('the first answer, which opened a connection, counts as quick', () => {
    const replica = newReplica('pg1')
    serve(replica, 300, 0)
    expect(replica.latencyMs).toBe(5)
  })

  it('one long query moves the average a little, many move it', () => {
    const replica = newReplica('pg1')
    serve(replica, 4, 0)
    serve(replica, 5_000, 0)
    expect(replica.latencyMs).toBeCloseTo(5)
    for (let query = 0; query < 50; query++) serve(replica, 50, 0)
    expect(replica.latencyMs).toBeGreaterThan(45)
  })
})

test('whatever happened to it, a replica that is well again is in again within 30 s, by one request', () => {
  const event = fc.record({
    kind: fc.constantFrom('start', 'start', 'finish', 'error', 'hang', 'abandon'),
    laterMs: fc.nat(3_000),
    latencyMs: fc.nat(5_000),
  })
  let outs = 0
  fc.assert(
    fc.property(fc.array(event, {maxLength: 60}), events => {
      const replica = newReplica('pg1')
      let nowMs = 0
      for (const {kind, laterMs, latencyMs} of events) {
        nowMs += laterMs
        if (kind === 'start') started(replica)
        else if (replica.inFlight === 0) continue
        else if (kind === 'finish') finished(replica, latencyMs, nowMs)
        else if (kind === 'abandon') abandoned(replica)
        else failed(replica, kind === 'hang' ? 'hang' : 'error', latencyMs, nowMs)
        expect(replica.ejectedUntilMs - nowMs).toBeLessThanOrEqual(30_000)
      }
      while (replica.inFlight > 0) abandoned(replica)
      if (replica.ejections > 0) outs++
      nowMs += 30_000
      expect(standingOf(replica, nowMs)).not.toBe('out')
      started(replica)
      expect(standingOf(replica, nowMs)).toBe(replica.ejections > 0 ? 'out' : 'in')
      finished(replica, 1, nowMs + 1)
      expect(standingOf(replica, nowMs + 1)).toBe('in')
    }),
    {numRuns: 500},
  )
  expect(outs).toBeGreaterThan(30)
})
