// The choice: against a plain rewrite of its rules that collects lists, its promises over random states, and the cases
// that are easy to get wrong.
import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {chooseReplica, type Need} from './choose-replica.ts'
import {standingOf} from './ejection.ts'
import {newReplica, started, type Replica} from './replica.ts'

const nowMs = 10_000
const any: Need = {limits: {lagBytesMax: Infinity, lagMsMax: Infinity}, fresh: null}
const replica = (node: string, facts: Partial<Replica> = {}): Replica =>
  Object.assign(newReplica(node), {answeredAtMs: nowMs, lagBytes: 0, lagMs: 0}, facts)
const chances = [0, 0.2, 0.4, 0.6, 0.8, 0.999]

/** Everybody who can be chosen, by all pairs of chances. */
function choices(replicas: readonly Replica[], need = any, tried: ReadonlySet<string> | null = null): string {
  const chosen = chances.flatMap(one =>
    chances.map(two => chooseReplica(replicas, need, tried, nowMs, one, two)?.node ?? 'none'),
  )
  return [...new Set(chosen)].sort().join()
}

describe('a choice among', () => {
  const out: Partial<Replica> = {ejections: 1, ejectedUntilMs: nowMs + 1, ejectedAtMs: nowMs - 999}
  const halfOpen: Partial<Replica> = {...out, ejectedUntilMs: nowMs}
  const near: Need = {...any, limits: {lagBytesMax: 100, lagMsMax: 50}}
  const fresh: Need = {...any, fresh: ({position}) => (position ?? 0) >= 7}

  it.each<readonly [string, readonly Replica[], Need, readonly string[] | null, string]>([
    ['nobody', [], any, null, 'none'],
    ['one', [replica('a')], any, null, 'a'],
    ['one that was tried', [replica('a')], any, ['a'], 'none'],
    ['two, one tried', [replica('a'), replica('b')], any, ['a'], 'b'],
    ['lag in bytes', [replica('a', {lagBytes: 100}), replica('b', {lagBytes: 101})], near, null, 'a'],
    ['lag in time', [replica('a', {lagMs: 50}), replica('b', {lagMs: 51})], near, null, 'a'],
    ['unknown lag, limits', [newReplica('a')], near, null, 'none'],
    ['unknown lag, no limits', [newReplica('a')], any, null, 'a'],
    ['lag that is no number', [replica('a', {lagMs: NaN})], any, null, 'none'],
    ['states', [replica('a', {position: 6}), replica('b', {position: 7})], fresh, null, 'b'],
    ['one ejected', [replica('a', out), replica('b')], any, null, 'b'],
    ['one half-open', [replica('a', halfOpen), replica('b')], any, null, 'a,b'],
    ['one being tried', [replica('a', {...halfOpen, probing: true}), replica('b')], any, null, 'b'],
    ['all ejected', [replica('a', out), replica('b', out)], any, null, 'a,b'],
    ['all ejected, one tried', [replica('a', out), replica('b', out)], any, ['a'], 'b'],
    ['all ejected, one half-open', [replica('a', out), replica('b', halfOpen)], any, null, 'b'],
    ['all ejected, one too far behind', [replica('a', {...out, lagMs: 51}), replica('b', out)], near, null, 'b'],
    [
      'one ejected, the healthy one too far behind: the primary must do',
      [replica('a', out), replica('b', {lagMs: 51})],
      near,
      null,
      'none',
    ],
    [
      'latencies within 15 ms',
      [replica('a', {latencyMs: 1}), replica('b', {latencyMs: 16, inFlight: -1})],
      any,
      null,
      'b',
    ],
    [
      'latencies beyond 15 ms',
      [replica('a', {latencyMs: 1, inFlight: 9}), replica('b', {latencyMs: 16.1})],
      any,
      null,
      'a',
    ],
    ['one never measured', [replica('a', {latencyMs: 1}), replica('b')], any, null, 'a,b'],
    ['one never measured, busier', [replica('a', {latencyMs: 1}), replica('b', {inFlight: 1})], any, null, 'a'],
    [
      'a slow one that nobody asked for a second',
      [replica('a', {latencyMs: 1}), replica('b', {latencyMs: 99, answeredAtMs: nowMs - 1_001})],
      any,
      null,
      'a,b',
    ],
    [
      'the same, being asked now',
      [
        replica('a', {latencyMs: 1, inFlight: 5}),
        replica('b', {latencyMs: 99, answeredAtMs: nowMs - 1_001, inFlight: 1}),
      ],
      any,
      null,
      'a',
    ],
    [
      'the fastest, by old numbers',
      [replica('a', {latencyMs: 1, answeredAtMs: nowMs - 1_001, inFlight: 1}), replica('b', {latencyMs: 99})],
      any,
      null,
      'b',
    ],
    [
      'the fastest, but too far behind',
      [replica('a', {latencyMs: 1, lagMs: 51}), replica('b', {latencyMs: 99})],
      near,
      null,
      'b',
    ],
    ['equals', [replica('a'), replica('b'), replica('c')], any, null, 'a,b,c'],
    [
      'three, the busiest is never the less busy',
      [replica('a'), replica('b', {inFlight: 1}), replica('c', {inFlight: 2})],
      any,
      null,
      'a,b',
    ],
  ])('%s', (_what, replicas, need, tried, expected) =>
    expect(choices(replicas, need, tried === null ? null : new Set(tried))).toBe(expected),
  )
})

/** The same rules with lists. */
function plainly(
  replicas: readonly Replica[],
  need: Need,
  tried: ReadonlySet<string>,
  chance1: number,
  chance2: number,
): Replica | null {
  const allOut = replicas.every(each => standingOf(each, nowMs) === 'out')
  const able = replicas
    .filter(each => allOut || standingOf(each, nowMs) !== 'out')
    .filter(each => each.lagBytes <= need.limits.lagBytesMax && each.lagMs <= need.limits.lagMsMax)
    .filter(each => !tried.has(each.node) && (need.fresh === null || need.fresh(each)))
  const isOld = (each: Replica): boolean => nowMs - each.answeredAtMs > 1_000
  const known = able.flatMap(each => (each.latencyMs === null || isOld(each) ? [] : [each.latencyMs]))
  const fast = able.filter(
    each =>
      each.latencyMs === null || each.latencyMs <= Math.min(...known) + 15 || (isOld(each) && each.inFlight === 0),
  )
  const [one] = fast.splice(Math.floor(chance1 * fast.length), 1)
  const [two] = fast.splice(Math.floor(chance2 * fast.length), 1)
  if (one === undefined || two === undefined) return one ?? null
  return two.inFlight < one.inFlight ? two : one
}

const state = fc.record({
  position: fc.nat(3),
  lagBytes: fc.constantFrom(0, 5, 10, Infinity),
  lagMs: fc.constantFrom(0, 5, 10, Infinity),
  latencyMs: fc.option(fc.integer({min: 1, max: 40}), {freq: 4}),
  answeredAtMs: fc.constantFrom(nowMs, nowMs - 1_000, nowMs - 1_001),
  inFlight: fc.nat(2),
  ejections: fc.constantFrom(0, 0, 1),
  ejectedUntilMs: fc.constantFrom(nowMs - 1, nowMs + 1),
  probing: fc.boolean(),
})
const scene = fc.record({
  replicas: fc.array(state, {maxLength: 5}).map(states => states.map((facts, at) => replica(`pg${at}`, facts))),
  limit: fc.constantFrom(0, 5, Infinity),
  from: fc.constantFrom(null, 0, 1, 3),
  tried: fc.oneof(fc.constant([]), fc.subarray(['pg0', 'pg1', 'pg2', 'pg3', 'pg4'])),
  chance1: fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}),
  chance2: fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}),
})
const needOf = (limit: number, from: number | null): Need => ({
  limits: {lagBytesMax: limit, lagMsMax: limit},
  fresh: from === null ? null : ({position}) => (position ?? 0) >= from,
})

test('the choice is that of the plain rules', () => {
  let chosen = 0
  fc.assert(
    fc.property(scene, ({replicas, limit, from, tried, chance1, chance2}) => {
      const need = needOf(limit, from)
      const choice = chooseReplica(replicas, need, new Set(tried), nowMs, chance1, chance2)
      expect(choice?.node).toBe(plainly(replicas, need, new Set(tried), chance1, chance2)?.node)
      if (choice !== null) chosen++
    }),
    {numRuns: 3_000},
  )
  expect(chosen).toBeGreaterThan(500)
})

test('with at least one replica there is a choice, whatever is ejected', () => {
  fc.assert(
    fc.property(
      scene,
      ({replicas, chance1, chance2}) =>
        replicas.length === 0 || chooseReplica(replicas, any, null, nowMs, chance1, chance2) !== null,
    ),
  )
})

test('one that is ejected is not chosen while one that is in, near and fresh enough is there', () => {
  fc.assert(
    fc.property(scene, ({replicas, limit, from, chance1, chance2}) => {
      const choice = chooseReplica(replicas, needOf(limit, from), null, nowMs, chance1, chance2)
      const isOut = choice !== null && standingOf(choice, nowMs) === 'out'
      return !isOut || !replicas.some(each => standingOf(each, nowMs) !== 'out')
    }),
    {numRuns: 1_000},
  )
})

test('of one that is half-open, one request at a time is let through', () => {
  const trial = replica('a', {ejections: 1, ejectedUntilMs: nowMs - 1, ejectedAtMs: nowMs - 1_001})
  const replicas = [trial, replica('b', {inFlight: 5})]
  expect(choices(replicas)).toBe('a')
  started(trial)
  expect(choices(replicas)).toBe('b')
})
