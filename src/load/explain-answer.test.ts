import {expect, test} from 'vitest'
import {HlError} from '../model/errors.ts'
import type {ExplainedNode, Explanation} from '../router/index.ts'
import {answerOf, type Explained} from './explain-answer.ts'

const connections = {total: 1, idle: 1, waiting: 0, expired: 0}
const primary: ExplainedNode = {
  node: 'pg1',
  role: 'primary',
  timeline: 3,
  connections,
  inFlight: null,
  latencyMs: null,
  lagBytes: null,
  lagMs: null,
  ejected: false,
  serves: 'no',
  why: 'standby-first',
}
const standby = (node: string): ExplainedNode => ({
  ...primary,
  node,
  role: 'standby',
  inFlight: 0,
  lagBytes: 0,
  lagMs: 0,
  serves: 'yes',
  why: 'fresh',
})
const nodes = [primary, standby('pg2'), standby('pg3')]
const read: Explanation = {
  plan: {
    kind: 'read',
    reason: 'SELECT',
    by: 'parser',
    readOnlyTransaction: false,
    node: 'any',
    commits: 'nothing',
    commitsTransaction: false,
    isProvisional: false,
  },
  node: 'pg2',
  role: 'standby',
  nodes,
  limits: {lagBytesMax: 1_000, lagMsMax: 1_000, freshWaitMs: 20},
}
const withPlan = (plan: Partial<Explanation['plan']>): Explanation => ({...read, plan: {...read.plan, ...plan}})

const answer = (explained: readonly Explanation[], options: Partial<Explained['options']> = {}) =>
  answerOf({
    lab: 'lab',
    members: ['pg1', 'pg2', 'pg3'],
    token: null,
    notes: [],
    bytesText: bytes => `${bytes} B`,
    explained,
    options: {statement: 'SELECT 1', consistency: 'session', afterToken: null, times: explained.length, ...options},
  })

function errorOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof HlError ? `${error.code}: ${error.message}` : String(error)
  }
  return 'no error'
}

test('names the first node, and counts how often each was drawn', () => {
  const {node, role, times, nodes: explained} = answer([read, {...read, node: 'pg3'}, {...read, node: 'pg3'}])
  expect({node, role, times}).toEqual({node: 'pg2', role: 'standby', times: 3})
  expect(explained.map(each => [each.node, each.role, each.chosen, each.serves])).toEqual([
    ['pg1', 'primary', 0, 'no'],
    ['pg2', 'standby', 1, 'yes'],
    ['pg3', 'standby', 2, 'yes'],
  ])
})

test('a member that the router does not see has no role and no figures', () => {
  const [, , third] = answer([{...read, nodes: nodes.slice(0, 2)}]).nodes
  expect(third).toMatchObject({node: 'pg3', role: null, timeline: null, connections: null, serves: 'no'})
})

test('what PostgreSQL does not understand is an error of the caller', () => {
  const broken = withPlan({kind: 'write', reason: 'not understood: syntax error at or near "SELEC"'})
  expect(errorOf(() => answer([broken]))).toBe(
    'USAGE: PostgreSQL does not understand the statement: syntax error at or near "SELEC"',
  )
  // Reading by words cannot know: PostgreSQL may understand it all the same.
  expect(answer([{...broken, plan: {...broken.plan, by: 'lexer'}}]).by).toBe('words')
})

test('a statement that would wait is an error of the lab, with what was seen', () => {
  const waits = {...read, node: null, role: null, nodes: nodes.slice(1)}
  expect(errorOf(() => answer([{...waits, plan: {...read.plan, kind: 'write'}}]))).toBe(
    'LAB_UNHEALTHY: lab lab has no primary for it now: the statement would wait. Seen: pg2 standby, pg3 standby',
  )
  expect(errorOf(() => answer([{...waits, nodes: []}]))).toBe(
    'LAB_UNHEALTHY: lab lab has no node for it now: the statement would wait. Seen: no node',
  )
})

test.each<[string, Partial<Explanation['plan']>, RegExp]>([
  ['BEGIN READ ONLY', {kind: 'begin', readOnlyTransaction: true}, /refuses it.*a standby will do/],
  ['BEGIN', {kind: 'begin'}, /begins one$/],
  ['COMMIT', {kind: 'commit'}, /where its transaction is/],
  ['SET', {kind: 'session'}, /one connection/],
  ['a text that was read by its words', {by: 'lexer'}, /libpg-query/],
])('a note says what query() does with %s', (_, plan, expected) =>
  expect(answer([withPlan(plan)]).notes.join()).toMatch(expected),
)

test('a read that a standby serves without a primary is answered, with a note', () => {
  expect(answer([{...read, nodes: nodes.slice(1)}])).toMatchObject({
    node: 'pg2',
    notes: ['there is no primary now: writes would wait'],
  })
})
