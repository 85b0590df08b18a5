import {describe, expect, it} from 'vitest'
import {clusterOf, primaryIdentity, primaryStatistics} from '../../../test/fakes/monitored.ts'
import type {ClusterFacts} from '../cluster-facts.ts'
import {clusterSamples} from './cluster-samples.ts'
import {dcsSamples} from './dcs-samples.ts'

const told = (facts: ClusterFacts, name: string): readonly (readonly [string, number])[] =>
  clusterSamples(facts)
    .filter(sample => sample.name === name)
    .map(({labels, value}) => [[labels['member'], labels['role'], labels['database']].join(' ').trim(), value])

const dead = {identity: null, statistics: null, patroniUp: false}

describe('a node', () => {
  it('that does not answer is down, and has no role, timeline or connections', () => {
    const facts = clusterOf({pg1: dead})
    const ofPg1 = clusterSamples(facts).filter(({labels}) => labels['member'] === 'pg1')
    expect(ofPg1.map(({name, value}) => [name, value])).toEqual([
      ['hl_node_up', 0],
      ['hl_patroni_up', 0],
    ])
  })
  // M14: Patroni says primary while PostgreSQL cannot start.
  it('is up by the word of PostgreSQL, not of Patroni', () => {
    const facts = clusterOf({pg1: {...dead, patroniUp: true}})
    expect(told(facts, 'hl_node_up')).toContainEqual(['pg1', 0])
    expect(told(facts, 'hl_patroni_up')).toContainEqual(['pg1', 1])
  })
  it('has each role told, so that a series does not vanish with a failover', () =>
    expect(told(clusterOf({pg3: dead}), 'hl_node_role')).toEqual([
      ['pg1 primary', 1],
      ['pg1 standby', 0],
      ['pg2 primary', 0],
      ['pg2 standby', 1],
    ]))
  it('whose views fail is up all the same', () => {
    const facts = clusterOf({pg2: {statistics: null}})
    expect(told(facts, 'hl_node_up')).toContainEqual(['pg2', 1])
    expect(told(facts, 'hl_node_connections').map(([member]) => member)).toEqual(['pg1', 'pg3'])
  })
})

describe('a cluster', () => {
  it.each<readonly [string, ClusterFacts, number]>([
    ['one', clusterOf(), 1],
    ['none', clusterOf({pg1: dead}), 0],
    ['two', clusterOf({pg2: {identity: primaryIdentity}}), 2],
  ])('with %s that takes writes', (_what, facts, count) =>
    expect(told(facts, 'hl_cluster_primaries')).toEqual([['', count]]),
  )
  it('keeps its timeline while its primary is away, and has none when nobody answers', () => {
    expect(told(clusterOf({pg1: dead}), 'hl_cluster_timeline')).toEqual([['', 3]])
    expect(told(clusterOf({pg1: dead, pg2: dead, pg3: dead}), 'hl_cluster_timeline')).toEqual([])
  })
  it('says nothing of lease, maintenance and synchronous mode while etcd is silent', () => {
    const names = ['hl_cluster_lease_held', 'hl_cluster_paused', 'hl_cluster_sync_standbys_wanted']
    expect(names.flatMap(name => told(clusterOf({}, {dcs: null}), name))).toEqual([])
    expect(names.map(name => told(clusterOf(), name)[0]?.[1])).toEqual([1, 0, 1])
  })
  it('of one node wants no synchronous standby', () => {
    const facts = clusterOf()
    expect(told({...facts, members: facts.members.slice(0, 1)}, 'hl_cluster_sync_standbys_wanted')).toEqual([['', 0]])
  })
  // M32: also of databases that nobody looks at.
  it('tells what is prepared, of the one primary', () => {
    const prepared = [
      {database: 'hl', count: 2, oldestS: 40},
      {database: 'other', count: 1, oldestS: 4_000},
    ]
    const facts = clusterOf({pg1: {statistics: {...primaryStatistics, prepared}}})
    expect(told(facts, 'hl_prepared_transactions')).toEqual([['', 3]])
    expect(told(facts, 'hl_prepared_oldest_age_seconds')).toEqual([
      ['hl', 40],
      ['other', 4_000],
    ])
    expect(told(clusterOf(), 'hl_prepared_transactions')).toEqual([['', 0]])
    expect(told(clusterOf({pg1: dead}), 'hl_prepared_transactions')).toEqual([])
  })
})

it('a member of etcd that is silent is not counted on', () =>
  expect(
    dcsSamples('lab', {etcd1: {healthy: true}, etcd2: null, etcd3: {healthy: false}}).map(
      ({name, labels, value}) => `${name.slice(3)} ${labels['member'] ?? ''} ${value}`,
    ),
  ).toEqual([
    'dcs_members  3',
    'dcs_member_up etcd1 1',
    'dcs_member_healthy etcd1 1',
    'dcs_member_up etcd2 0',
    'dcs_member_healthy etcd2 0',
    'dcs_member_up etcd3 1',
    'dcs_member_healthy etcd3 0',
  ]))
