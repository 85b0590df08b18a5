// What an `await` step waits for, one look each. Invariant: a look has no effect; times are ms of the run's clock. Not
// here: the waiting (await-until.ts).
import {unreachable} from '../model/errors.ts'
import type {Clock, Cluster, Load} from '../model/ports.ts'
import type {Condition} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import type {ClusterState} from '../model/topology.ts'
import type {PollResult} from '../waiting/await-until.ts'

/** What a condition refers to: the newest disturbance (fault or switchover) of the run. */
export interface Disturbance {
  /** Who held the lease before it. */
  readonly ownerBefore: string | null
  /** When its effect was verified; null while none was. */
  readonly verifiedMs: number | null
}

export interface Probes {
  readonly cluster: Pick<Cluster, 'state'>
  readonly load: Pick<Load, 'writableSinceMs' | 'writableNodes'>
  readonly clock: Pick<Clock, 'nowMs'>
  /** How long an operation may hang before it counts, in ms. */
  readonly deadlineMs: number
  readonly health: (state: ClusterState) => readonly string[]
}

/** So long must writes have gone well in a row, by the definition of RTO. */
const unbrokenMs = 1_000

/** One look at whether `condition` holds; its value is a sentence on what was seen. */
export async function look(
  condition: Condition,
  probes: Probes,
  disturbance: Disturbance,
): Promise<PollResult<string>> {
  switch (condition) {
    case 'writable':
      return writable(probes.load.writableSinceMs(), probes, disturbance.verifiedMs)
    case 'new-primary': {
      const {owner} = (await probes.cluster.state()).lease
      if (owner !== null && owner !== disturbance.ownerBefore) return {holds: true, value: `${owner} holds the lease`}
      return {holds: false, seen: owner === null ? 'nobody holds the lease' : `${owner} still holds the lease`}
    }
    case 'healthy': {
      const problems = probes.health(await probes.cluster.state())
      return problems.length === 0 ? {holds: true, value: 'full redundancy'} : {holds: false, seen: problems.join('; ')}
    }
    case 'dual-writable': {
      const nodes = probes.load.writableNodes()
      return nodes.length >= 2
        ? {holds: true, value: `${nodes.join(' and ')} accept writes`}
        : {
            holds: false,
            seen: nodes.length === 0 ? 'no node accepts writes' : `only ${nodes.join(', ')} accepts writes`,
          }
    }
    default:
      return unreachable(condition)
  }
}

/**
 * Writes that began to go well after the disturbance are proof enough. Writes that have gone well since BEFORE it are
 * proof only when every operation that was under way then has run into its deadline: until then a frozen primary looks
 * like a good one.
 */
function writable(sinceMs: number | null, {clock, deadlineMs}: Probes, verifiedMs: number | null): PollResult<string> {
  const nowMs = clock.nowMs()
  if (sinceMs === null) return {holds: false, seen: 'the last write did not succeed'}
  if (nowMs - sinceMs < unbrokenMs) return {holds: false, seen: `writes succeed since ${formatMs(nowMs - sinceMs)}`}
  if (verifiedMs !== null && sinceMs < verifiedMs && nowMs - verifiedMs < deadlineMs + unbrokenMs)
    return {holds: false, seen: 'writes from before the fault may still be hanging'}
  return {holds: true, value: `writes succeed since ${formatMs(nowMs - sinceMs)}`}
}
