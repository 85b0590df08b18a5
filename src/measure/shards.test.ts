// Findings of a load over shards that the table of all checks (checks.test.ts) does not have: what is unknown, and what
// else each rejects.
import {describe, expect, it} from 'vitest'
import {
  scattered,
  shardCrashScenario,
  shardedRun,
  shardedScenario,
  shardFinals,
  shardOps,
} from '../../test/build-shards.ts'
import {quietScenario, type Run} from '../../test/build-history.ts'
import type {Op} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import {judge} from './judge.ts'
import {momentsOf} from './moments.ts'
import {nothingPrepared, rowsOnOwner, transactionsWhole} from './shard-claims.ts'

const judged = ({record, events, ops}: Run) => judge(record, events, ops, {})
const verdictOf = (run: Run, name: string): string | undefined =>
  judged(run).checks.find(check => check.name === name)?.verdict
const down = {
  ...shardCrashScenario,
  steps: shardCrashScenario.steps.map(step =>
    step.kind === 'inject' ? {...step, fault: {kind: 'kill-container', target: {select: 'members'}} as const} : step,
  ),
}
/** Half of the orders are on it. */
const onlyS1 = ({seen}: {readonly seen: number | null}) => ({missing: ['s2'], seen: (seen ?? 0) / 2})
const [s1, s2] = shardFinals(shardOps())
const nobodyAlone = {
  record: shardedRun().record,
  firstLoad: [],
  moments: momentsOf(shardedScenario, []),
}

describe('owners', () => {
  it.each([
    ['a group that two own', [s1, {...s2, groupsOwned: [...s2.groupsOwned, 3]}], 'fail'],
    ['a group that nobody owns', [s1, {...s2, groupsOwned: s2.groupsOwned.slice(1)}], 'fail'],
    ['no row', [s1, s2].map(shard => ({...shard, tables: []})), 'unknown'],
  ])('%s', (_what, shards, verdict) => expect(rowsOnOwner(shards)?.verdict).toBe(verdict))
})

describe('transactions', () => {
  it('that nobody made are unknown', () =>
    expect(
      transactionsWhole(
        nobodyAlone,
        [s1, s2].map(shard => ({...shard, givenIds: [], takenIds: []})),
      )?.verdict,
    ).toBe('unknown'))
  it('by half are named', () =>
    expect(transactionsWhole(nobodyAlone, [s1, {...s2, takenIds: s2.takenIds.slice(1)}])?.detail).toBe(
      `1 transfer is there by half: ${s2.takenIds[0]}`,
    ))
  it('that are prepared are named', () =>
    expect(nothingPrepared([s1, {...s2, prepared: ['hl:1']}])?.detail).toBe('left prepared: hl:1 on s2'))
})

describe('a read over shards', () => {
  it.each([
    [
      'that leaves one out without leave',
      scattered(op => ({missing: op.partial ? [] : ['s2']})),
      shardedScenario,
      'fail',
    ],
    ['that counts what nobody sent', scattered(() => ({seen: 10_000})), shardedScenario, 'fail'],
    ['in part, with all of the others', scattered(op => (op.partial ? onlyS1(op) : {})), shardedScenario, 'pass'],
    ['of which none was answered', scattered(() => ({outcome: 'failed', seen: null})), shardedScenario, 'unknown'],
    ['while a shard is down, none in part', shardOps(), down, 'unknown'],
    [
      'while a shard is down, refused or in part',
      scattered(op => (op.partial ? onlyS1(op) : {outcome: 'failed', seen: null})),
      down,
      'pass',
    ],
  ] as const)('%s', (_what, ops, scenario, verdict) =>
    expect(verdictOf(shardedRun({ops, scenario}), 'scatter-reads-whole')).toBe(verdict),
  )

  it.each([
    [2, 'pass'],
    [1, 'fail'],
    [400, 'fail'],
  ] as const)('on shards that came back, which counts %i of their own 2 orders: %s', (seen, verdict) => {
    const [order, read] = [shardOps()[0], shardOps().find(op => op.kind === 'scatter-read')]
    if (order === undefined || read === undefined) throw new Error('no operations')
    const later = (op: Op, nth: number): Op => {
      const atMs = 40_000 + nth * 1_000
      return {...op, id: 1_000 + nth, dueMs: atMs, invokedMs: atMs, completedMs: atMs + 5, cluster: restoredCluster}
    }
    const ops = [...shardOps(), later(order, 0), later(order, 1), later({...read, seen}, 2)]
    expect(verdictOf(shardedRun({ops}), 'scatter-reads-whole')).toBe(verdict)
  })
})

describe('the report of a load over shards', () => {
  const crashed = shardedRun({
    scenario: shardCrashScenario,
    ops: shardOps((shards, atMs) => (atMs > 10_000 && atMs < 15_000 && shards.includes('s2') ? 'failed' : 'ok')),
  })
  it('says how each served, by what went to it alone', () => {
    const [first, second] = judged(crashed).shards?.services ?? []
    expect(first).toMatchObject({name: 's1', subject: false, attempted: 300, acknowledged: 300, unavailableShare: 0})
    expect(second).toMatchObject({name: 's2', subject: true, attempted: 300, acknowledged: 251, failed: 49})
    expect(second?.longestStallMs).toBe(5_000)
  })
  it('has the RTO of the shard that was hit, which no write to another hides', () => {
    expect(judged(crashed).rto?.ms).toBe(5_000)
  })
  it('takes the timeline of another shard for no failover', () => {
    const quiet = shardedRun({scenario: {...shardedScenario, failover: 'forbidden'}, final: {timeline: 2}})
    expect(verdictOf(quiet, 'no-failover')).toBe('pass')
  })
  it('is absent of a load over one cluster', () => {
    expect(judged(shardedRun({scenario: quietScenario})).shards).toBeUndefined()
  })
  it.each([
    ['differ', ['a', 'b'], 'fail'],
    ['are the same', ['a', 'a'], 'pass'],
    ['did not all tell', ['a'], 'unknown'],
    ['did not tell', [], 'unknown'],
  ])('another shard whose nodes %s', (_what, hashes, verdict) => {
    const shards = shardedRun().record.final?.shards?.map(shard =>
      shard.shard === 's1'
        ? {...shard, perNode: hashes.map((hash, index) => ({node: `s1-pg${index + 1}`, rows: 900, hash}))}
        : shard,
    )
    expect(verdictOf(shardedRun({final: {...(shards === undefined ? {} : {shards})}}), 'nodes-agree')).toBe(verdict)
  })
})
