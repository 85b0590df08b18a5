import {expect, test} from 'vitest'
import type {ExplainedNode} from '../router/index.ts'
import {servingText, type ServingContext} from './serving-text.ts'

const limits = {lagBytesMax: 16 * 1_024 * 1_024, lagMsMax: 10_000, freshWaitMs: 20}
const context: ServingContext = {
  token: {timeline: 3, position: 5_000},
  timeline: 3,
  limits,
  bytesText: bytes => `${bytes / 1_048_576} MB`,
}
const standby: ExplainedNode = {
  node: 'pg2',
  role: 'standby',
  timeline: 3,
  connections: {total: 0, idle: 0, waiting: 0, expired: 0},
  inFlight: 0,
  latencyMs: null,
  lagBytes: 0,
  lagMs: 0,
  ejected: false,
  serves: 'no',
  why: 'fresh',
}

test.each<[Partial<ExplainedNode>, Partial<ServingContext>, string]>([
  [{why: 'lag-bytes', lagBytes: 32 * 1_024 * 1_024}, {}, '32 MB behind, at most 16 MB wanted'],
  [{why: 'lag-ms', lagMs: 12_000}, {}, '12.00 s behind, at most 10.00 s wanted'],
  [{why: 'lag-unknown', lagBytes: null}, {}, 'how far it is behind is not known'],
  [
    {why: 'timeline-not-seen'},
    {token: {timeline: 4, position: 5_000}},
    'the token is of timeline 4, and no primary of it was seen',
  ],
  [{why: 'other-timeline', timeline: 2}, {}, 'it is on timeline 2, the primary on 3'],
  [{why: 'ask-first'}, {}, 'when it shows the token, or does within 20 ms of being asked'],
  [{role: 'primary', why: 'standby-first'}, {}, 'a standby serves it; the primary only when none may'],
  [{role: 'primary', why: 'standby-first', serves: 'maybe'}, {}, 'when no standby shows the token in time'],
  [{role: 'primary', why: 'no-standby', serves: 'yes'}, {}, 'no standby may serve it'],
])('a reason says the figure and the limit: %o', (node, other, expected) =>
  expect(servingText({...standby, ...node}, {...context, ...other})).toBe(expected),
)
