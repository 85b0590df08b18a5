// Patroni's documents as Patroni 4 sends them, and anything at all.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseClusterView, parseNodeStatus} from './parse-patroni.ts'

describe('GET /patroni', () => {
  const patroni = {version: '4.0.4', scope: 'demo', name: 'pg1'}
  const none = {position: null, received: null, replayPaused: false, server: null}
  it.each([
    [
      'a primary',
      {state: 'running', role: 'primary', timeline: 3, xlog: {location: 84_500_824}, patroni},
      {...none, node: 'pg1', role: 'primary', running: true, timeline: 3, position: 84_500_824},
    ],
    [
      'a primary of Patroni 3',
      {state: 'running', role: 'master', timeline: 3, patroni},
      {...none, node: 'pg1', role: 'primary', running: true, timeline: 3},
    ],
    [
      'a standby',
      {
        state: 'running',
        role: 'replica',
        timeline: 3,
        xlog: {received_location: 500, replayed_location: 400, replayed_timestamp: null, paused: false},
        replication_state: 'streaming',
        patroni,
      },
      {...none, node: 'pg1', role: 'standby', running: true, timeline: 3, position: 400, received: 500},
    ],
    [
      'a standby that replayed from the archive and is paused',
      {
        state: 'running',
        role: 'replica',
        timeline: 3,
        xlog: {received_location: 100, replayed_location: 400, paused: true},
        patroni,
      },
      {
        ...none,
        node: 'pg1',
        role: 'standby',
        running: true,
        timeline: 3,
        position: 400,
        received: 400,
        replayPaused: true,
      },
    ],
    [
      'the head of a standby cluster takes no writes',
      {state: 'running', role: 'standby_leader', timeline: 3, xlog: {replayed_location: 7}, patroni},
      {...none, node: 'pg1', role: 'standby', running: true, timeline: 3, position: 7},
    ],
    [
      'a server that stops',
      {state: 'stopping', role: 'primary', patroni},
      {...none, node: 'pg1', role: 'primary', running: false, timeline: null},
    ],
    [
      'a server that does not answer Patroni',
      {state: 'unknown', role: 'primary', patroni},
      {...none, node: 'pg1', role: 'primary', running: false, timeline: null},
    ],
    [
      'no state',
      {role: 'replica', timeline: 'x', patroni},
      {...none, node: 'pg1', role: 'standby', running: false, timeline: null},
    ],
    [
      "a standby's position is not read of a primary",
      {
        state: 'running',
        role: 'primary',
        timeline: 3,
        xlog: {replayed_location: 7, received_location: 7, paused: true},
        patroni,
      },
      {...none, node: 'pg1', role: 'primary', running: true, timeline: 3},
    ],
    [
      'positions that are none',
      {
        state: 'running',
        role: 'replica',
        timeline: 3,
        xlog: {replayed_location: '7', received_location: -1, paused: 'yes'},
        patroni,
      },
      {...none, node: 'pg1', role: 'standby', running: true, timeline: 3},
    ],
    [
      'a position that a number cannot hold',
      {state: 'running', role: 'primary', timeline: 3, xlog: {location: 2 ** 53}, patroni},
      {...none, node: 'pg1', role: 'primary', running: true, timeline: 3},
    ],
    ['no name', {state: 'running', role: 'primary', timeline: 3, patroni: {version: '2.1'}}, null],
    ['no role', {state: 'running', patroni}, null],
    ['no document', 'Service Unavailable', null],
  ])('%s', (_what, document, expected) => expect(parseNodeStatus(document)).toEqual(expected))
})

describe('GET /cluster', () => {
  it('gives the leader and the addresses', () => {
    const view = parseClusterView({
      members: [
        {name: 'pg1', role: 'replica', state: 'streaming', host: '172.20.0.2', port: 5432, timeline: 2, lag: 0},
        {name: 'pg2', role: 'leader', state: 'running', host: '172.20.0.3', port: 5432, timeline: 2},
        {name: 'pg3', role: 'sync_standby', state: 'starting', lag: 'unknown'},
        'noise',
      ],
      scope: 'demo',
    })
    expect(view).toEqual({
      leader: 'pg2',
      addresses: new Map([
        ['pg1', {host: '172.20.0.2', port: 5432}],
        ['pg2', {host: '172.20.0.3', port: 5432}],
      ]),
    })
  })
  it('has no leader in a standby cluster or without one', () => {
    expect(parseClusterView({members: [{name: 'pg1', role: 'standby_leader', host: 'h', port: 1}]})?.leader).toBeNull()
    expect(parseClusterView({members: []})).toEqual({leader: null, addresses: new Map()})
  })
})

it('no document makes a parser throw, and what is told as a position is one', () => {
  const xlog = fc.record(
    {
      location: fc.anything(),
      replayed_location: fc.anything(),
      received_location: fc.anything(),
      paused: fc.anything(),
    },
    {requiredKeys: []},
  )
  const almost = fc.record({
    state: fc.constant('running'),
    role: fc.constantFrom('primary', 'replica'),
    timeline: fc.anything(),
    xlog: fc.oneof(xlog, fc.anything()),
    patroni: fc.constant({name: 'pg1'}),
  })
  fc.assert(
    fc.property(fc.oneof(almost, fc.anything()), document => {
      const status = parseNodeStatus(document)
      for (const position of [status?.position, status?.received])
        expect(position === null || position === undefined || (Number.isSafeInteger(position) && position > 0)).toBe(
          true,
        )
      if (status !== null && status.position !== null && status.received !== null)
        expect(status.received).toBeGreaterThanOrEqual(status.position)
      parseClusterView(document)
      parseClusterView({members: document})
    }),
  )
})
