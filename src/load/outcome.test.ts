import {describe, expect, test} from 'vitest'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Reply} from './access-paths/access-path.ts'
import {endingOfDeadline, endingOfFailure, endingOfRefusal, endingOfReply, parseTimeline} from './outcome.ts'

const nodeAt = (server: string): string | undefined => ({'10.0.0.11': 'pg1'})[server]
const reply = (row: Reply['row'], more: Partial<Reply> = {}): Reply => ({
  row,
  node: null,
  timeline: null,
  localOnly: false,
  ...more,
})

describe('a reply', () => {
  test('is ok, and the server itself says who it is', () => {
    expect(
      endingOfReply(reply({server: '10.0.0.11', timeline: '0000001A'}, {node: 'pg9', timeline: 9}), nodeAt),
    ).toEqual({outcome: 'ok', node: 'pg1', timeline: 26, error: null})
  })
  test('from an address that nobody knows is from the node that the access path names', () => {
    expect(endingOfReply(reply({server: '10.0.0.99', timeline: null}, {node: 'pg2', timeline: 4}), nodeAt)).toEqual({
      outcome: 'ok',
      node: 'pg2',
      timeline: 4,
      error: null,
    })
    expect(endingOfReply(reply(null), nodeAt).node).toBeNull()
  })
  test('with the notice about synchronous replication counts apart', () => {
    expect(endingOfReply(reply({}, {localOnly: true}), nodeAt).outcome).toBe('ok-local')
  })
})

describe('a failure', () => {
  test.each([
    ['not-sent', true, 'failed'],
    ['not-applied', true, 'failed'],
    ['unknown', true, 'unknown'],
    ['unknown', false, 'failed'],
    ['not-sent', false, 'failed'],
  ] as const)('%s, changes something: %s -> %s', (reach, changes, outcome) => {
    expect(endingOfFailure(new AccessPathError(reach, '25006', 'read-only'), changes)).toEqual({
      outcome,
      node: null,
      timeline: null,
      error: {code: '25006', message: 'read-only'},
    })
  })
  test('that nobody classified may have been applied', () => {
    expect(endingOfFailure(new Error('odd'), true).outcome).toBe('unknown')
    expect(endingOfFailure('odd', true)).toEqual({
      outcome: 'unknown',
      node: null,
      timeline: null,
      error: {code: null, message: 'odd'},
    })
  })
})

test('at the deadline a write is unknown once its bytes may have left, and failed before', () => {
  expect(endingOfDeadline(true, true).outcome).toBe('unknown')
  expect(endingOfDeadline(false, true).outcome).toBe('failed')
  expect(endingOfDeadline(true, false).outcome).toBe('failed')
})

test('a refused operation surely did nothing', () => {
  expect(endingOfRefusal('BUSY', 'still under way')).toEqual({
    outcome: 'failed',
    node: null,
    timeline: null,
    error: {code: 'BUSY', message: 'still under way'},
  })
})

test.each([
  ['00000001', 1],
  ['0000000F', 15],
  ['1', null],
  ['0000000G', null],
  [7, null],
  [undefined, null],
])('parseTimeline(%s) is %s', (value, expected) => {
  expect(parseTimeline(value)).toBe(expected)
})
