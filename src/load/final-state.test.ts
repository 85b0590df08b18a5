import fc from 'fast-check'
import {beforeEach, describe, expect, test} from 'vitest'
import {formatLsn} from '../model/lsn.ts'
import type {Reply, Statement} from './access-paths/access-path.ts'
import {readFinalState} from './final-state.ts'
import type {FinalStateOptions} from './final-state.ts'
import {choosePrimary, parseContent, parseHistory, parseIds, parsePosition} from './parse-final.ts'
import type {Candidate} from './parse-final.ts'
import type {NodeConnection} from './node-connection.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'

let clock = new FakeClock()
beforeEach(() => void (clock = new FakeClock()))

describe('parsers', () => {
  test('ids come back as they were joined, repeats included', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), ids => {
        expect(parseIds(ids.join(','))).toEqual(ids)
      }),
    )
    expect(parseIds('1,1,2')).toEqual([1, 1, 2])
    for (const bad of [null, 7, '1,', 'a', '1,-2']) expect(parseIds(bad)).toBeNull()
  })
  test('history gives the position where each timeline ended, as PostgreSQL writes it', () => {
    expect(
      parseHistory([
        [1, 25_623_960, 'no recovery target specified', '2026-01-01T00:00:00+00:00', 'pg2'],
        [2, 83_886_240, 'x', 't', 'pg1'],
      ]),
    ).toEqual([
      {timeline: 1, lsn: '0/186FD98'},
      {timeline: 2, lsn: '0/50000A0'},
    ])
    fc.assert(
      fc.property(fc.integer({min: 1, max: 99}), fc.maxSafeNat(), (timeline, bytes) => {
        expect(parseHistory([[timeline, bytes]])).toEqual([{timeline, lsn: formatLsn(BigInt(bytes))}])
      }),
    )
  })
  test.each([undefined, null, {}, 'x', [[]], [['1', 2]], [[1, 1.5]], [7]])('history of %j is empty', body => {
    expect(parseHistory(body)).toEqual([])
  })
  test('nothing that a server could answer makes a parser throw', () => {
    fc.assert(
      fc.property(fc.anything(), value => {
        parseHistory(value)
        parseIds(value)
        const row = {in_recovery: value, lsn: value, timeline: value, rows: value, hash: value}
        parsePosition(row)
        parseContent(row)
      }),
    )
  })
})

describe('the primary to read from', () => {
  const node = (name: string, inRecovery: boolean, timeline: number | null, holdsLock: boolean): Candidate => ({
    node: name,
    position: {inRecovery, timeline, lsn: 1n},
    holdsLock,
  })
  test.each<[string, readonly Candidate[], string | null]>([
    ['is none when all are in recovery', [node('a', true, null, false)], null],
    ['is the one that is not in recovery', [node('a', true, null, true), node('b', false, 1, true)], 'b'],
    [
      'is the one with the lock, also on a lower timeline',
      [node('a', false, 3, false), node('b', false, 2, true)],
      'b',
    ],
    [
      'is none when nobody has the lock, not even the newest',
      [node('a', false, 1, false), node('b', false, 2, false)],
      null,
    ],
    ['is none when two say that they have it', [node('a', false, 1, true), node('b', false, 2, true)], null],
  ])('%s', (_, candidates, expected) => {
    expect(choosePrimary(candidates)?.node ?? null).toBe(expected)
  })
})

interface FakeNode {
  readonly inRecovery: boolean
  /** One for each time it is asked; the last one stays. */
  readonly lsns: string[]
  readonly hash: string
  closed: number
}

function world(nodes: Readonly<Record<string, FakeNode>>, more: Partial<FinalStateOptions> = {}): FinalStateOptions {
  const connection = (node: FakeNode): NodeConnection => {
    const read = async ({text}: Statement): Promise<Reply> => {
      const row = text.includes('AS in_recovery')
        ? {
            in_recovery: node.inRecovery,
            lsn: node.lsns.length > 1 ? node.lsns.shift() : node.lsns[0],
            timeline: node.inRecovery ? null : '00000002',
          }
        : text.includes('AS hash')
          ? {rows: 3, hash: node.hash}
          : {ledger: '1,2,2', transfers: '4', pinned: '', total: 100_000}
      return {row, node: null, timeline: null, localOnly: false}
    }
    return {
      server: {address: null, inRecovery: node.inRecovery},
      broken: () => false,
      read,
      write: read,
      transaction: () => Promise.reject(new Error('not here')),
      close: () => (node.closed += 1),
    }
  }
  return {
    run: 'r1',
    nodes: Object.keys(nodes),
    open: async name => {
      const node = nodes[name]
      if (node === undefined) throw new Error('unreachable')
      return connection(node)
    },
    askPatroni: async (name, path) =>
      path === '/primary'
        ? {status: nodes[name]?.inRecovery === false ? 200 : 503, body: null}
        : {status: 200, body: [[1, 25_623_960, 'x', 't', 'pg1']]},
    clock,
    ...more,
  }
}

describe('readFinalState', () => {
  test('waits until the standbys have replayed, then reads all nodes', async () => {
    const pg1: FakeNode = {inRecovery: false, lsns: ['0/200'], hash: 'h', closed: 0}
    const pg2: FakeNode = {inRecovery: true, lsns: ['0/100', '0/100', '0/1F0', '0/200'], hash: 'h', closed: 0}
    const final = await clock.run(readFinalState(world({pg1, pg2})))
    expect(final).toEqual({
      readable: true,
      primary: 'pg1',
      timeline: 2,
      ledgerIds: [1, 2, 2],
      transferIds: [4],
      pinnedIds: [],
      accountsTotal: 100_000,
      accountsTotalExpected: 100_000,
      perNode: [
        {node: 'pg1', rows: 3, hash: 'h'},
        {node: 'pg2', rows: 3, hash: 'h'},
      ],
      switchPoints: [{timeline: 1, lsn: '0/186FD98'}],
    })
    expect(pg2.lsns).toEqual(['0/200'])
    expect([pg1.closed, pg2.closed]).toEqual([1, 1])
  })

  test('stops waiting for a standby that never catches up, and shows what it holds', async () => {
    const pg1: FakeNode = {inRecovery: false, lsns: ['0/200'], hash: 'h', closed: 0}
    const pg2: FakeNode = {inRecovery: true, lsns: ['0/100'], hash: 'less', closed: 0}
    const final = await clock.run(readFinalState(world({pg1, pg2})))
    expect(final.readable).toBe(true)
    expect(final.perNode.map(node => node.hash)).toEqual(['h', 'less'])
  })

  test('is not readable without a primary, and says so after a bounded time', async () => {
    const final = await clock.run(readFinalState(world({pg1: {inRecovery: true, lsns: ['0/1'], hash: '', closed: 0}})))
    expect(final).toMatchObject({readable: false, primary: null, ledgerIds: [], perNode: []})
  })

  test('is not readable from a primary that Patroni does not know', async () => {
    const pg1: FakeNode = {inRecovery: false, lsns: ['0/1'], hash: 'h', closed: 0}
    const final = await clock.run(readFinalState(world({pg1}, {askPatroni: async () => ({status: 503, body: null})})))
    expect(final.readable).toBe(false)
    expect(pg1.closed).toBeGreaterThan(0)
  })

  test('leaves out a node that cannot be reached', async () => {
    const final = await clock.run(
      readFinalState(world({pg1: {inRecovery: false, lsns: ['0/1'], hash: 'h', closed: 0}}, {nodes: ['pg1', 'pg9']})),
    )
    expect(final.perNode.map(node => node.node)).toEqual(['pg1'])
  })
})
