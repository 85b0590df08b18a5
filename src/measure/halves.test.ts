// One shard came back alone: what that may cost, and what it may not. Not here: halves in any other run
// (shards.test.ts).
import {describe, expect, it} from 'vitest'
import {shardLostRun} from '../../test/build-shards.ts'
import type {Run} from '../../test/build-history.ts'
import type {Report} from '../model/report.ts'
import type {Verdict} from '../model/verdict.ts'
import type {CheckName} from './check-table.ts'
import {judge} from './judge.ts'

const judged = ({record, events, ops}: Run): Report => judge(record, events, ops, {})
const found = (run: Run, name: CheckName) => judged(run).checks.find(check => check.name === name)
const good = shardLostRun()
const ledgerIds = good.record.final?.ledgerIds ?? []
const ofS1 = good.ops.find(op => op.kind === 'append' && op.shards?.[0] === 's1')?.id ?? 0

describe('a shard that came back alone', () => {
  it('passes with what the archive did not have', () => {
    const report = judged(good)
    expect(report.checks.filter(({verdict}) => verdict !== 'pass')).toEqual([])
    expect(report.verdict).toBe('pass')
  })

  it('has lost its writes since the end of the archive, and its halves of transfers', () =>
    // 80 of its own and 80 transfers, ten a second, from 12 s to 20 s.
    expect(judged(good).rpo).toMatchObject({transactions: 160, seconds: 8, acknowledgedPerSecond: 20}))

  it('has its RTO told by itself, whatever the other serves', () => expect(judged(good).rto?.ms).toBe(12_005))

  it.each<readonly [string, Run, CheckName, Verdict]>([
    [
      'a write of the other is gone',
      shardLostRun({final: {ledgerIds: ledgerIds.filter(id => id !== ofS1)}}),
      'lost-writes',
      'fail',
    ],
    ['the archive ends before the barrier', shardLostRun({endMs: 4_000}), 'at-barrier', 'fail'],
    ['and a half from before it is a promise', shardLostRun({endMs: 4_000}), 'transactions-whole', 'fail'],
    [
      'the other lost a half',
      shardLostRun({s1: ({givenIds}) => ({givenIds: givenIds.slice(1)})}),
      'transactions-whole',
      'fail',
    ],
    ['fewer halves were told', shardLostRun({told: 79}), 'halves-told', 'fail'],
    ['money is missing beside that of halves', shardLostRun({final: {accountsTotal: 0}}), 'transfers-total', 'fail'],
    ['nothing could be read', shardLostRun({final: {readable: false}}), 'lost-writes', 'unknown'],
  ])('%s', (_what, run, name, verdict) => expect(found(run, name)?.verdict).toBe(verdict))

  it('names the cost', () =>
    expect(found(good, 'transactions-whole')?.detail).toBe(
      'both halves of 120 transfers are there; s2 lost its half of 80',
    ))

  it('of which nobody told the halves is unknown', () => {
    const {restore = null} = good.record.recovery ?? {}
    const silent = Object.fromEntries(Object.entries(restore ?? {}).filter(([field]) => field !== 'halves'))
    const recovery = {...good.record.recovery, restore: silent} as unknown as Run['record']['recovery']
    expect(found({...good, record: {...good.record, recovery}}, 'halves-told')?.verdict).toBe('unknown')
  })
})
