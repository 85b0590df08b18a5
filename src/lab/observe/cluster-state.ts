// PURE: what containers, Patroni's nodes and etcd said at one moment -> ClusterState. Invariant: a node's role is its
// own word; what did not answer is `unknown`, never guessed from what others say of it. Not here: asking
// (read-state.ts).
import type {ClusterState, ContainerStatus, DcsMemberState, MemberState, Role} from '../../model/topology.ts'
import type {DcsMemberAnswer} from '../etcd/etcd-api.ts'
import type {DcsKeys} from '../etcd/parse-etcd.ts'
import type {NodeStatus} from '../patroni/parse-patroni.ts'

export interface StateInputs {
  readonly lab: string
  readonly containers: Readonly<Record<string, ContainerStatus>>
  readonly nodes: Readonly<Record<string, NodeStatus | null>>
  readonly dcs: Readonly<Record<string, DcsMemberAnswer | null>>
  readonly keys: DcsKeys | null
  readonly leaseLeftMs: number | null
}

/** Joins the answers. */
export function clusterState(inputs: StateInputs): ClusterState {
  const nodes = Object.entries(inputs.nodes)
  const primaries = nodes.filter(([, node]) => node !== null && isRunning(node) && node.role === 'primary')
  const [onlyPrimary, second] = primaries
  const primary = onlyPrimary === undefined || second !== undefined ? null : onlyPrimary
  const syncStandbys =
    inputs.keys?.syncStandbys ?? nodes.filter(([, node]) => node?.syncStandby === true).map(([name]) => name)
  return {
    lab: inputs.lab,
    members: nodes.map(([name, node]) =>
      memberState(name, inputs.containers[name] ?? 'missing', node, {syncStandbys, primary: primary?.[1] ?? null}),
    ),
    dcs: dcsStates(inputs),
    lease: {owner: inputs.keys?.leaseOwner ?? null, expiresInMs: inputs.leaseLeftMs},
    primary: primary?.[0] ?? null,
    syncStandbys,
    timeline: primary?.[1]?.timeline ?? null,
    paused: inputs.keys?.maintenance ?? nodes.some(([, node]) => node?.maintenance === true),
  }
}

/** A node's role in our words. Only a PostgreSQL that takes connections has one. */
export function roleOf(name: string, node: NodeStatus | null, syncStandbys: readonly string[]): Role {
  if (node === null || !isRunning(node)) return 'unknown'
  if (node.role === 'primary') return 'primary'
  return syncStandbys.includes(name) ? 'sync standby' : 'standby'
}

const isRunning = (node: NodeStatus): boolean => node.state === 'running'

function memberState(
  name: string,
  container: ContainerStatus,
  node: NodeStatus | null,
  {syncStandbys, primary}: {readonly syncStandbys: readonly string[]; readonly primary: NodeStatus | null},
): MemberState {
  const standby = node?.role === 'standby'
  return {
    name,
    container,
    role: roleOf(name, node, syncStandbys),
    state: node === null ? null : standby && isRunning(node) ? (node.replicationState ?? node.state) : node.state,
    timeline: node?.timeline ?? null,
    lagBytes: node === null ? null : lagBytesOf(primary, node),
    replayLagBytes: standby ? behind(receivedBytes(node), node.replayedBytes) : null,
  }
}

/**
 * How far a standby is behind; null for another node, and where it is not known: on a timeline of its own its position
 * says nothing of the primary's.
 */
export function lagBytesOf(primary: NodeStatus | null, node: NodeStatus): number | null {
  if (node.role !== 'standby' || primary === null) return null
  const isSameHistory = node.timeline === primary.timeline || node.timeline === null
  return isSameHistory ? behind(primary.walBytes, receivedBytes(node)) : null
}

/** Patroni tells 0 where PostgreSQL has none: after a restart, until it has streamed. */
const receivedBytes = ({walBytes}: NodeStatus): number | null => (walBytes === 0 ? null : walBytes)

/** Positions are read at slightly different moments, so a standby may seem ahead: that is no lag. */
function behind(ahead: number | null, position: number | null): number | null {
  return ahead === null || position === null ? null : Math.max(0, ahead - position)
}

/**
 * The leader is the one that says so in the newest term: a cut-off leader goes on believing for an election timeout.
 */
function dcsStates(inputs: StateInputs): readonly DcsMemberState[] {
  const terms = Object.values(inputs.dcs).map(answer => (answer?.leads === true ? answer.term : -1))
  const newest = Math.max(-1, ...terms)
  return Object.entries(inputs.dcs).map(([name, answer]) => ({
    name,
    container: inputs.containers[name] ?? 'missing',
    healthy: answer?.healthy ?? false,
    leader: answer !== null && answer.leads && answer.term === newest,
  }))
}
