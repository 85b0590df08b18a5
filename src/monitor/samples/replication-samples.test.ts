import {describe, expect, it} from 'vitest'
import {clusterOf, primaryIdentity, standbyIdentity, standbyStatistics} from '../../../test/fakes/monitored.ts'
import type {ClusterFacts} from '../cluster-facts.ts'
import type {MetricName} from '../metrics/metric-table.ts'
import {replicationSamples} from './replication-samples.ts'

/** `pg2 5` of each sample of that name; of others their last label. */
function valuesOf(name: MetricName, facts: ClusterFacts): readonly string[] {
  return replicationSamples(facts)
    .filter(sample => sample.name === name)
    .map(({labels, value}) => `${labels['slot'] ?? labels['path'] ?? labels['member'] ?? ''} ${value}`.trim())
}

describe('replication lag', () => {
  it('is 0 on an idle primary, however old the last transaction is', () => {
    expect(standbyIdentity.replayAgeS).toBe(600)
    const facts = clusterOf()
    expect(valuesOf('hl_replication_lag_bytes', facts)).toEqual(['pg2 0', 'pg3 0'])
    expect(valuesOf('hl_replication_lag_seconds', facts)).toEqual(['pg2 0', 'pg3 0'])
  })

  // The receiver is gone, so receive equals replay on the standby, and pg_stat_replication is empty on the primary.
  const cut = {identity: {...standbyIdentity, lsn: 400n, replayLsn: 400n}}
  const wrote = [
    {atMs: 0, timeline: 3, lsn: 400n, activity: 'a'},
    {atMs: 15_000, timeline: 3, lsn: 900n, activity: 'b'},
    {atMs: 60_000, timeline: 3, lsn: 1_000n, activity: 'b'},
  ]
  it('grows with a cut receiver', () => {
    const facts = clusterOf({pg3: cut}, {history: wrote})
    expect(valuesOf('hl_replication_lag_bytes', facts)).toEqual(['pg2 0', 'pg3 600'])
    expect(valuesOf('hl_replication_lag_seconds', facts)).toEqual(['pg2 0', 'pg3 45'])
  })

  it('is told by the standby itself while the exporter does not know yet, and never 0', () =>
    expect(valuesOf('hl_replication_lag_seconds', clusterOf({pg3: cut}))).toEqual(['pg2 0', 'pg3 600']))

  it.each<readonly [string, ClusterFacts]>([
    ['no primary', clusterOf({pg1: {identity: null}})],
    ['two primaries', clusterOf({pg2: {identity: primaryIdentity}})],
    ['no answer of the standbys', clusterOf({pg2: {identity: null}, pg3: {identity: null}})],
    ['no position', clusterOf({pg1: {identity: {...primaryIdentity, lsn: null, timeline: null}}})],
  ])('is absent with %s', (_what, facts) => {
    expect(valuesOf('hl_replication_lag_bytes', facts)).toEqual([])
    expect(valuesOf('hl_replication_lag_seconds', facts)).toEqual([])
    expect(valuesOf('hl_rpo_exposure_bytes', facts)).toEqual([])
    expect(valuesOf('hl_rpo_exposure_seconds', facts)).toEqual([])
  })

  it.each([2, null])('is absent of a standby on timeline %s, though its position is past that of the primary', old => {
    const facts = clusterOf({pg3: {identity: {...standbyIdentity, timeline: old, lsn: 9_000n, replayLsn: 9_000n}}})
    expect(valuesOf('hl_replication_lag_bytes', facts)).toEqual(['pg2 0'])
    expect(valuesOf('hl_rpo_exposure_bytes', facts)).toEqual(['standby 0'])
  })

  it('is not negative where the standby was asked later', () =>
    expect(
      valuesOf('hl_replication_lag_bytes', clusterOf({pg2: {identity: {...standbyIdentity, lsn: 1_010n}}})),
    ).toEqual(['pg2 0', 'pg3 0']))

  it('of replay is what was received and not replayed', () =>
    expect(
      valuesOf('hl_replication_replay_lag_bytes', clusterOf({pg2: {identity: {...standbyIdentity, replayLsn: 1n}}})),
    ).toEqual(['pg2 999', 'pg3 0']))

  it('makes what would be lost with the primary that of the best standby', () => {
    const behind = {identity: {...standbyIdentity, lsn: 900n}}
    const facts = clusterOf({pg2: behind, pg3: cut}, {history: wrote})
    expect(valuesOf('hl_rpo_exposure_bytes', facts)).toEqual(['standby 100'])
    expect(valuesOf('hl_rpo_exposure_seconds', facts)).toEqual(['standby 0'])
    expect(valuesOf('hl_rpo_exposure_seconds', clusterOf({pg2: cut, pg3: cut}, {history: wrote}))).toEqual([
      'standby 45',
    ])
  })
})

describe('who streams', () => {
  it('is told of standbys only, and absent where the views do not answer', () => {
    const facts = clusterOf({
      pg2: {statistics: {...standbyStatistics, receiverStreams: false}},
      pg3: {statistics: null},
    })
    expect(valuesOf('hl_replication_receiver_up', facts)).toEqual(['pg2 0'])
  })
  it('counts members for which commits wait, and not the archive', () => {
    expect(valuesOf('hl_cluster_sync_standbys', clusterOf())).toEqual(['1'])
    expect(valuesOf('hl_replication_sync', clusterOf())).toEqual(['pg2 1', 'pg3 0'])
  })
  it('is absent without the word of a primary', () => {
    const facts = clusterOf({pg1: {statistics: null}})
    expect(valuesOf('hl_cluster_sync_standbys', facts)).toEqual([])
    expect(valuesOf('hl_replication_sync', facts)).toEqual([])
  })
})

it('slots of all nodes are told, and what one without WAL keeps is absent', () => {
  const slots = [
    {slot: 'pg1', kind: 'physical', active: false, walStatus: 'lost', retainedBytes: 80},
    {slot: 'fresh', kind: 'physical', active: true, walStatus: null, retainedBytes: null},
  ]
  const facts = clusterOf({pg2: {statistics: {...standbyStatistics, slots}}})
  expect(valuesOf('hl_slot_retained_bytes', facts)).toEqual(['pg1 80'])
  expect(valuesOf('hl_slot_active', facts)).toEqual(['pg1 0', 'fresh 1'])
  expect(valuesOf('hl_slot_lost', facts)).toEqual(['pg1 1', 'fresh 0'])
})
