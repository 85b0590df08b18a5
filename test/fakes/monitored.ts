// A cluster as the exporter was told of it: pg1 writes, pg2 and pg3 stream, all is well.
import type {ClusterFacts, MemberFacts, NodeIdentity, NodeStatistics} from '../../src/monitor/cluster-facts.ts'

export const primaryIdentity: NodeIdentity = {
  inRecovery: false,
  systemIdentifier: '7',
  timeline: 3,
  lsn: 1_000n,
  replayLsn: null,
  activity: 'a',
  replayAgeS: null,
}
export const standbyIdentity: NodeIdentity = {
  inRecovery: true,
  systemIdentifier: '7',
  timeline: 3,
  lsn: 1_000n,
  replayLsn: 1_000n,
  activity: null,
  replayAgeS: 600,
}
export const standbyStatistics: NodeStatistics = {
  receiverStreams: true,
  standbys: [],
  slots: [],
  walBytes: 64,
  archiver: null,
  prepared: [],
  preparedMax: 50,
  connections: 3,
  connectionsMax: 197,
  databases: [],
}
export const primaryStatistics: NodeStatistics = {
  ...standbyStatistics,
  receiverStreams: null,
  standbys: [
    {name: 'pg2', state: 'streaming', sync: 'sync', writeLsn: 1_000n},
    {name: 'pg3', state: 'streaming', sync: 'async', writeLsn: 1_000n},
    {name: 'hl_archive', state: 'streaming', sync: 'sync', writeLsn: 1_000n},
  ],
  databases: [{database: 'hl', bytes: 5}],
}

export function memberOf(member: string, change: Partial<MemberFacts> = {}): MemberFacts {
  const isPrimary = member === 'pg1'
  return {
    member,
    identity: isPrimary ? primaryIdentity : standbyIdentity,
    statistics: isPrimary ? primaryStatistics : standbyStatistics,
    patroniUp: true,
    ...change,
  }
}

/** `members`: what differs, by name. */
export function clusterOf(
  members: Readonly<Partial<Record<'pg1' | 'pg2' | 'pg3', Partial<MemberFacts>>>> = {},
  change: Partial<ClusterFacts> = {},
): ClusterFacts {
  return {
    lab: 'lab',
    cluster: 'hl',
    members: (['pg1', 'pg2', 'pg3'] as const).map(name => memberOf(name, members[name])),
    dcs: {leaseHeld: true, isPaused: false, syncWanted: true},
    history: [{atMs: 60_000, timeline: 3, lsn: 1_000n, activity: 'a'}],
    nowMs: 60_000,
    ...change,
  }
}
