// Whom a change announces and whose connections it destroys, as a table; then the pauses between tries.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {PrimaryTarget, Topology} from './decide-primary.ts'
import {retryDelayMs} from '../failures/retry-delay.ts'
import {committedLocallyOnly} from '../connections/sync-wait.ts'
import {topologyChange} from './topology-change.ts'

function node(name: string, timeline = 1, port = 5_432): PrimaryTarget {
  return {
    node: name,
    timeline,
    address: {host: name, port},
    position: null,
    received: null,
    replayPaused: false,
    askedMs: 0,
  }
}

function topology(primary: PrimaryTarget | null, standbys: readonly PrimaryTarget[] = []): Topology {
  return {primary, standbys, refused: []}
}

describe('topologyChange', () => {
  it.each<readonly [string, Topology, Topology, string | null, string | null, string]>([
    ['nothing', topology(node('a'), [node('b')]), topology(node('a'), [node('b')]), null, null, ''],
    ['the first primary', topology(null), topology(node('a')), null, 'a', ''],
    ['a switchover', topology(node('a'), [node('b')]), topology(node('b', 2), [node('a', 2)]), 'a', 'b', 'a demoted'],
    [
      'a failover, the old primary still there',
      topology(node('a'), [node('b')]),
      topology(node('b', 2)),
      'a',
      'b',
      'a gone',
    ],
    ['the primary goes silent', topology(node('a'), [node('b')]), topology(null, [node('b')]), 'a', null, 'a gone'],
    [
      'the primary becomes a standby, nobody follows',
      topology(node('a')),
      topology(null, [node('a')]),
      'a',
      null,
      'a demoted',
    ],
    ['the same primary on a new timeline', topology(node('a')), topology(node('a', 2)), 'a', 'a', 'a timeline-changed'],
    ['the same primary at a new address', topology(node('a')), topology(node('a', 1, 6_000)), 'a', 'a', 'a moved'],
    [
      'a promoted standby keeps its read connections',
      topology(null, [node('b')]),
      topology(node('b', 2)),
      null,
      'b',
      '',
    ],
    [
      'a standby on a new timeline keeps its connections',
      topology(null, [node('b')]),
      topology(null, [node('b', 2)]),
      null,
      null,
      '',
    ],
    ['a standby goes silent', topology(node('a'), [node('b')]), topology(node('a')), null, null, 'b gone'],
    [
      'a standby at a new address',
      topology(null, [node('b')]),
      topology(null, [node('b', 1, 6_000)]),
      null,
      null,
      'b moved',
    ],
  ])('%s', (_what, before, after, lost, gained, close) => {
    const change = topologyChange(before, after)
    expect([
      change.lost?.node ?? null,
      change.gained?.node ?? null,
      change.close.map(closed => `${closed.node} ${closed.why}`).join(),
    ]).toEqual([lost, gained, close])
  })
})

describe('retryDelayMs', () => {
  it('grows from a moment to half a second and no further', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(attempt => retryDelayMs(attempt, 1))).toEqual([25, 50, 100, 200, 400, 500, 500])
  })
  it('is spread over the upper half of its range', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 1_000}),
        fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}),
        (attempt, chance) => {
          const most = retryDelayMs(attempt, 1)
          expect(retryDelayMs(attempt, chance)).toBeGreaterThanOrEqual(most / 2)
          expect(retryDelayMs(attempt, chance)).toBeLessThanOrEqual(most)
        },
      ),
    )
  })
})

describe('committedLocallyOnly', () => {
  const notice = {
    severity: 'WARNING',
    code: '01000',
    message: 'отмена',
    detail: undefined,
    routine: 'SyncRepWaitForLSN',
  }
  it('knows the warning in any language', () => expect(committedLocallyOnly([notice])).toBe(true))
  it('is not led by other notices', () =>
    expect(committedLocallyOnly([{...notice, routine: 'DefineIndex'}])).toBe(false))
  it('needs a notice', () => expect(committedLocallyOnly([])).toBe(false))
})
