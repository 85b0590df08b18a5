// PURE: what primary and standbys said of themselves -> who streams, how far each is behind, what slots keep, and what
// would be lost with the primary now. Invariants: a lag is the difference of what two servers say of themselves, so
// that a cut receiver does not hide it; a position on another timeline says nothing of the primary's. Not here: what
// would be lost with all members (backup-samples.ts).
import {onlyPrimary, type ClusterFacts, type MemberFacts, type NodeIdentity, type SlotFacts} from '../cluster-facts.ts'
import {sample, type Sample} from '../metrics/sample.ts'
import type {Lsn} from '../../model/lsn.ts'
import {missingForMs} from '../wal-history.ts'

/** The archive streams under this name, and is no member. */
const syncStates = ['sync', 'quorum']

export function replicationSamples(facts: ClusterFacts): readonly Sample[] {
  const {lab, cluster, members} = facts
  const primary = onlyPrimary(facts)
  const streaming = primary?.statistics?.standbys.filter(({state}) => state === 'streaming') ?? null
  const syncNames = streaming?.filter(({sync}) => syncStates.includes(sync)).map(({name}) => name) ?? null
  const isSync = (member: string): boolean | null => syncNames?.includes(member) ?? null
  const standbys = members.filter(({identity}) => identity?.inRecovery === true)
  return [
    ...standbys.flatMap(standby => standbySamples(facts, primary, standby, isSync(standby.member))),
    ...members.flatMap(({member, statistics}) =>
      (statistics?.slots ?? []).flatMap(slot => slotSamples({lab, cluster, member}, slot)),
    ),
    ...sample(
      'hl_cluster_sync_standbys',
      {lab, cluster},
      syncNames === null ? null : members.filter(({member}) => syncNames.includes(member)).length,
    ),
    ...exposureSamples(facts, primary, standbys),
  ]
}

function standbySamples(
  facts: ClusterFacts,
  primary: MemberFacts | null,
  {member, identity, statistics}: MemberFacts,
  isSync: boolean | null,
): readonly Sample[] {
  const {lab, cluster} = facts
  const labels = {lab, cluster, member}
  return [
    ...sample('hl_replication_receiver_up', labels, statistics?.receiverStreams ?? null),
    ...sample('hl_replication_sync', labels, isSync),
    ...sample('hl_replication_lag_bytes', labels, identity === null ? null : lagBytes(primary?.identity, identity)),
    ...sample('hl_replication_replay_lag_bytes', labels, behind(identity?.lsn, identity?.replayLsn)),
    ...sample(
      'hl_replication_lag_seconds',
      labels,
      identity === null ? null : lagSeconds(facts, primary?.identity, identity),
    ),
  ]
}

const sharesHistory = (primary: NodeIdentity | null | undefined, standby: NodeIdentity): boolean =>
  primary?.timeline !== undefined && primary.timeline !== null && primary.timeline === standby.timeline

function lagBytes(primary: NodeIdentity | null | undefined, standby: NodeIdentity): number | null {
  return sharesHistory(primary, standby) ? behind(primary?.lsn, standby.lsn) : null
}

/**
 * Of what the standby shows. Where the history does not reach back (the exporter has just started), the standby's word
 * is taken: more than that it is not, and only of a standby that does lack something.
 */
function lagSeconds(
  {history, nowMs}: ClusterFacts,
  primary: NodeIdentity | null | undefined,
  standby: NodeIdentity,
): number | null {
  if (!sharesHistory(primary, standby) || standby.replayLsn === null) return null
  const missingMs = missingForMs(history, standby.replayLsn, nowMs)
  return missingMs === null ? standby.replayAgeS : missingMs / 1_000
}

/** They are asked at slightly different moments, so a standby may seem ahead: that is no lag. */
function behind(ahead: Lsn | null | undefined, position: Lsn | null | undefined): number | null {
  if (ahead === null || ahead === undefined || position === null || position === undefined) return null
  return ahead > position ? Number(ahead - position) : 0
}

/** With the one primary goes what no standby has received: the best of them is the one that matters. */
function exposureSamples(
  {lab, cluster, history, nowMs}: ClusterFacts,
  primary: MemberFacts | null,
  standbys: readonly MemberFacts[],
): readonly Sample[] {
  const labels = {lab, cluster, path: 'standby'}
  const received = standbys.flatMap(({identity}) =>
    identity !== null && sharesHistory(primary?.identity, identity) && identity.lsn !== null ? [identity.lsn] : [],
  )
  const most = received.reduce<Lsn | null>((best, lsn) => (best === null || lsn > best ? lsn : best), null)
  const missingMs = most === null ? null : missingForMs(history, most, nowMs)
  return [
    ...sample('hl_rpo_exposure_bytes', labels, behind(primary?.identity?.lsn, most)),
    ...sample('hl_rpo_exposure_seconds', labels, missingMs === null ? null : missingMs / 1_000),
  ]
}

function slotSamples(
  labels: {readonly lab: string; readonly cluster: string; readonly member: string},
  {slot, kind, active, walStatus, retainedBytes}: SlotFacts,
): readonly Sample[] {
  const all = {...labels, slot, kind}
  return [
    ...sample('hl_slot_active', all, active),
    ...sample('hl_slot_retained_bytes', all, retainedBytes),
    ...sample('hl_slot_lost', all, walStatus === 'lost'),
  ]
}
