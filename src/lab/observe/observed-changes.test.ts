import {describe, expect, it} from 'vitest'
import {changes, nothingSeen, summary, type Seen} from './observed-changes.ts'
import type {DcsKeys} from '../etcd/parse-etcd.ts'
import type {NodeStatus} from '../patroni/parse-patroni.ts'

const node = (role: 'primary' | 'standby', over: Partial<NodeStatus> = {}): NodeStatus => ({
  state: 'running',
  role,
  timeline: 1,
  walBytes: 1000,
  replayedBytes: null,
  replicationState: role === 'standby' ? 'streaming' : null,
  syncStandby: false,
  maintenance: false,
  pendingRestart: false,
  serverVersion: null,
  patroniVersion: null,
  ...over,
})
const keys = (leaseOwner: string | null, syncStandbys: readonly string[] = ['pg2']): DcsKeys => ({
  revision: 1,
  leaseOwner,
  leaseId: '1',
  syncStandbys,
  maintenance: false,
  config: null,
})
const calm: Seen = {nodes: {pg1: node('primary'), pg2: node('standby')}, keys: keys('pg1'), leaseLeftMs: 16_000}

describe('what has changed', () => {
  it('is everything at the first look', () =>
    expect(changes(nothingSeen(['pg1', 'pg2']), calm, null, 5)).toEqual([
      {kind: 'lease.changed', from: null, to: 'pg1', atMs: 5},
      {kind: 'role.changed', node: 'pg1', from: 'unknown', to: 'primary', timeline: 1, atMs: 5},
      {kind: 'role.changed', node: 'pg2', from: 'unknown', to: 'sync standby', timeline: 1, atMs: 5},
    ]))
  it('is nothing when nothing has', () => expect(changes(calm, calm, 'pg1', 5)).toEqual([]))
  it('is the lease, gone and taken', () => {
    expect(changes(calm, {...calm, keys: keys(null)}, 'pg1', 5)).toEqual([
      {kind: 'lease.changed', from: 'pg1', to: null, atMs: 5},
    ])
    expect(changes({...calm, keys: keys(null)}, {...calm, keys: keys('pg2')}, null, 6)).toEqual([
      {kind: 'lease.changed', from: null, to: 'pg2', atMs: 6},
    ])
  })
  it('is not the lease while etcd is silent, and is when it speaks again', () => {
    const silent = {...calm, keys: null}
    expect(changes(calm, silent, 'pg1', 5).filter(event => event.kind === 'lease.changed')).toEqual([])
    expect(changes(silent, {...calm, keys: keys('pg2')}, 'pg1', 6)).toContainEqual({
      kind: 'lease.changed',
      from: 'pg1',
      to: 'pg2',
      atMs: 6,
    })
  })
  it('is a node that falls silent', () =>
    expect(changes(calm, {...calm, nodes: {...calm.nodes, pg1: null}}, 'pg1', 5)).toEqual([
      {kind: 'role.changed', node: 'pg1', from: 'primary', to: 'unknown', timeline: null, atMs: 5},
    ]))
  it('is a sync set that moves', () =>
    expect(changes(calm, {...calm, keys: keys('pg1', [])}, 'pg1', 5)).toEqual([
      {kind: 'role.changed', node: 'pg2', from: 'sync standby', to: 'standby', timeline: 1, atMs: 5},
    ]))
})

describe('the summary of a second', () => {
  it('holds roles and lag', () =>
    expect(summary({...calm, nodes: {pg1: node('primary', {walBytes: 1500}), pg2: node('standby')}}, 9)).toEqual({
      kind: 'cluster.observed',
      atMs: 9,
      leaseOwner: 'pg1',
      leaseExpiresInMs: 16_000,
      members: [
        {name: 'pg1', role: 'primary', lagBytes: null},
        {name: 'pg2', role: 'sync standby', lagBytes: 500},
      ],
    }))
  it('knows no lag between two primaries', () =>
    expect(
      summary({...calm, nodes: {pg1: node('primary'), pg2: node('primary'), pg3: node('standby')}}, 9),
    ).toMatchObject({members: [{lagBytes: null}, {lagBytes: null}, {lagBytes: null}]}))
})
