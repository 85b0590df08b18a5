import {expect, test} from 'vitest'
import type {NodeFacts} from '../src/router/index.ts'
import {servingReasons, type AskedOf} from './serving-reasons.ts'

const limits = {lagBytesMax: 16 * 1_024 * 1_024, lagMsMax: 10_000, freshWaitMs: 20}
const read: AskedOf = {kind: 'read', consistency: 'session', token: null, limits}
const connections = {total: 0, idle: 0, waiting: 0, expired: 0}
const primary: NodeFacts = {
  node: 'pg1',
  role: 'primary',
  timeline: 3,
  connections,
  inFlight: null,
  latencyMs: null,
  lagBytes: null,
  lagMs: null,
  ejected: false,
}
const standby: NodeFacts = {
  node: 'pg2',
  role: 'standby',
  timeline: 3,
  connections,
  inFlight: 0,
  latencyMs: null,
  lagBytes: 0,
  lagMs: 0,
  ejected: false,
}
const token = {timeline: 3, position: 5_000}

const reasonsFor = (asked: Partial<AskedOf>, facts: Partial<NodeFacts> = {}) =>
  servingReasons(['pg1', 'pg2'], [primary, {...standby, ...facts}], {...read, ...asked})
const shown = (asked: Partial<AskedOf>, facts: Partial<NodeFacts> = {}): string =>
  [...reasonsFor(asked, facts)].map(([node, {serves}]) => `${node} ${serves}`).join(', ')
const why = (asked: Partial<AskedOf>, facts: Partial<NodeFacts> = {}): string | undefined =>
  reasonsFor(asked, facts).get('pg2')?.why

test.each<[string, Partial<AskedOf>, Partial<NodeFacts>, string]>([
  ['a read', {}, {}, 'pg1 no, pg2 yes'],
  ['an eventual read after a token', {consistency: 'eventual', token}, {}, 'pg1 no, pg2 yes'],
  ['a strict read', {consistency: 'strict'}, {}, 'pg1 yes, pg2 no'],
  ['a write', {kind: 'write'}, {}, 'pg1 yes, pg2 no'],
  ['a statement of the session', {kind: 'session'}, {}, 'pg1 yes, pg2 no'],
  ['a read after a token', {token}, {}, 'pg1 maybe, pg2 maybe'],
  ['a read after a token of a timeline to come', {token: {...token, timeline: 4}}, {}, 'pg1 yes, pg2 no'],
  ['a read after a token, of a standby that was left behind', {token}, {timeline: 2}, 'pg1 yes, pg2 no'],
  ['a read of a standby that failed', {}, {ejected: true}, 'pg1 yes, pg2 no'],
  ['a read of a standby that is far behind', {}, {lagBytes: limits.lagBytesMax + 1}, 'pg1 yes, pg2 no'],
  [
    'a read of a standby that is just close enough',
    {},
    {lagBytes: limits.lagBytesMax, lagMs: limits.lagMsMax},
    'pg1 no, pg2 yes',
  ],
])('%s', (_, asked, facts, expected) => expect(shown(asked, facts)).toBe(expected))

test('a reason says the figure and the limit', () => {
  expect(why({}, {lagBytes: 32 * 1_024 * 1_024})).toBe('32 MB behind, at most 16 MB wanted')
  expect(why({}, {lagMs: 12_000})).toBe('12.00 s behind, at most 10.00 s wanted')
  expect(why({}, {lagBytes: null})).toBe('how far it is behind is not known')
  expect(why({token: {...token, timeline: 4}})).toBe('the token is of timeline 4, and no primary of it was seen')
  expect(why({token}, {timeline: 2})).toBe('it is on timeline 2, the primary on 3')
})

test('a member of which nothing is heard is there, with that', () => {
  const reasons = servingReasons(['pg1', 'pg2', 'pg3'], [primary, standby], read)
  expect(reasons.get('pg3')).toMatchObject({serves: 'no', why: expect.stringContaining('no fresh word') as string})
  expect([...reasons.keys()]).toEqual(['pg1', 'pg2', 'pg3'])
})
