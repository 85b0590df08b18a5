// What Patroni decides, in the small: the lease, the race for it, the sync set, demotion. Invariant: a lease has one
// owner, and with synchronous mode on nobody outside the sync set takes it. Not here: containers (fake-cluster.ts).
import type {ClusterSettings} from '../../src/model/topology.ts'
import {acceptsWrites, canTalk, replicate, runs} from './fake-node.ts'
import type {FakeNode} from './fake-node.ts'

export interface Etcd {
  readonly name: string
  up: boolean
}

export interface HaState {
  readonly nodes: readonly FakeNode[]
  readonly etcd: readonly Etcd[]
  etcdLeader: string | null
  settings: ClusterSettings
  lease: {owner: string | null; expiresMs: number}
  /** Patroni's /sync key. */
  sync: readonly string[]
  maintenance: boolean
  timeline: number
}

const promoteMs = 1_000

export function hasQuorum(state: HaState): boolean {
  return state.etcd.filter(member => member.up).length * 2 > state.etcd.length && state.etcdLeader !== null
}

/** One tick of everything that goes on by itself. */
export function tick(state: HaState, nowMs: number): void {
  electEtcdLeader(state, nowMs)
  if (hasQuorum(state) && state.lease.owner !== null && nowMs >= state.lease.expiresMs) state.lease.owner = null
  for (const node of state.nodes) {
    if (node.container !== 'running' || !node.patroni || nowMs < node.nextLoopMs) continue
    node.nextLoopMs = nowMs + state.settings.loopWaitS * 1_000
    if (!state.maintenance) loop(state, node, nowMs)
    else if (state.lease.owner === node.name && hasQuorum(state))
      state.lease.expiresMs = nowMs + state.settings.ttlS * 1_000
  }
  stream(state)
}

function electEtcdLeader(state: HaState, nowMs: number): void {
  const leader = state.etcd.find(member => member.name === state.etcdLeader)
  const alive = state.etcd.filter(member => member.up)
  if (alive.length * 2 <= state.etcd.length) {
    state.etcdLeader = null
  } else if (leader?.up !== true) {
    state.etcdLeader = alive[0]?.name ?? null
    // A new leader of etcd starts every lease afresh.
    if (state.lease.owner !== null) state.lease.expiresMs = nowMs + state.settings.ttlS * 1_000
  }
}

/** One HA loop of one node's Patroni. */
function loop(state: HaState, node: FakeNode, nowMs: number): void {
  if (!hasQuorum(state) || node.cut.has('dcs')) {
    withoutDcs(state, node, nowMs)
    return
  }
  node.dcsLostMs = null
  node.postgres = true
  const free = state.lease.owner === null
  // A primary that finds the lease free, and nobody newer, takes it back as it is.
  if (free && node.primary && node.timeline === state.timeline) state.lease.owner = node.name
  if (state.lease.owner === node.name) {
    lead(state, node, nowMs)
    return
  }
  if (node.primary) demote(node)
  if (free && mayLead(state, node)) takeLease(state, node, nowMs)
  else follow(state, node)
}

function withoutDcs(state: HaState, node: FakeNode, nowMs: number): void {
  node.dcsLostMs ??= nowMs
  // While it waits for the DCS it looks again sooner than a loop later.
  node.nextLoopMs = nowMs + 1_000
  if (!node.primary || nowMs - node.dcsLostMs < state.settings.retryTimeoutS * 1_000) return
  const agreed = state.nodes.every(other => other === node || (runs(other) && canTalk(node, other)))
  if (!state.settings.failsafeMode || !agreed) demote(node)
}

function lead(state: HaState, node: FakeNode, nowMs: number): void {
  state.lease.expiresMs = nowMs + state.settings.ttlS * 1_000
  if (!node.primary) promote(state, node)
  const streaming = state.nodes.filter(other => follows(node, other)).map(other => other.name)
  const kept = state.sync.filter(name => streaming.includes(name))
  state.sync =
    state.settings.synchronousMode === 'off'
      ? []
      : [...kept, ...streaming.filter(name => !kept.includes(name))].slice(0, 1)
  node.syncNames = state.sync
}

function takeLease(state: HaState, node: FakeNode, nowMs: number): void {
  state.lease = {owner: node.name, expiresMs: nowMs + state.settings.ttlS * 1_000}
  node.nextLoopMs = nowMs + promoteMs
}

function promote(state: HaState, node: FakeNode): void {
  state.timeline += 1
  node.primary = true
  node.timeline = state.timeline
  node.streaming = false
}

function demote(node: FakeNode): void {
  node.primary = false
  node.streaming = false
}

function mayLead(state: HaState, node: FakeNode): boolean {
  const others = state.nodes.filter(other => other !== node)
  // With failsafe mode a primary that reached this node lately is known to live.
  if (state.settings.failsafeMode && others.some(other => acceptsWrites(other) && canTalk(node, other))) return false
  if (state.settings.synchronousMode !== 'off') return state.sync.includes(node.name) || wasPrimary(state, node)
  const reachable = others.filter(other => runs(other) && canTalk(node, other))
  return reachable.every(other => other.rows.length <= node.rows.length)
}

/** The last primary has every write by definition. */
function wasPrimary(state: HaState, node: FakeNode): boolean {
  return node.timeline === state.timeline && state.nodes.every(other => other.rows.length <= node.rows.length)
}

/** A standby on an older timeline, or with rows that the primary does not have, is rewound before it follows. */
function follow(state: HaState, node: FakeNode): void {
  const primary = state.nodes.find(other => other.name === state.lease.owner)
  if (primary === undefined || !acceptsWrites(primary) || !canTalk(primary, node)) return
  if (!follows(primary, node)) {
    node.rows = [...primary.rows]
    node.timeline = primary.timeline
    node.streaming = true
  }
}

/** Rows that the primary has arrive at those who follow it. */
export function stream(state: HaState): void {
  const primary =
    state.nodes.find(other => other.name === state.lease.owner && acceptsWrites(other)) ??
    state.nodes.find(acceptsWrites)
  if (primary === undefined) return
  for (const node of state.nodes) if (follows(primary, node)) replicate(primary, node)
}

/** Does `node` receive what `primary` writes? */
export function follows(primary: FakeNode, node: FakeNode): boolean {
  return (
    node !== primary &&
    !node.primary &&
    node.streaming &&
    runs(node) &&
    canTalk(primary, node) &&
    node.timeline === primary.timeline
  )
}

/** Is a row that `node` has acknowledged safe by the rules of synchronous replication? */
export function committed(state: HaState, node: FakeNode, position: number): boolean {
  if (node.syncNames.length === 0) return true
  return state.nodes.some(
    other => node.syncNames.includes(other.name) && follows(node, other) && other.rows.length >= position,
  )
}
