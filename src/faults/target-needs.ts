// PURE: what a lab must have so that a target means something in it. Not here: who is hit (src/experiment).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Target} from '../model/scenario.ts'

export interface LabParts {
  readonly members: readonly string[]
  readonly dcsMembers: readonly string[]
}

/**
 * Why the target means nothing in such a lab; null when it does. Of one etcd member the majority and the leader are all
 * there is: a scenario about an election, or about a lost quorum, would measure another fault.
 */
export function targetObstacle({select}: Target, {members, dcsMembers}: LabParts): string | null {
  if ((select === 'dcs-majority' || select === 'dcs-leader') && dcsMembers.length < 3)
    return `${select} needs three etcd members, and the lab has ${dcsMembers.length}`
  if ((select === 'standby' || select === 'standbys' || select === 'sync-standby') && members.length < 2)
    return `${select} needs a standby, and the cluster has one node`
  return null
}

/** FAULT_UNAVAILABLE, naming the first target that means nothing in such a lab. */
export function requireTargets(targets: readonly Target[], lab: LabParts): void {
  const obstacle = targets.map(target => targetObstacle(target, lab)).find(found => found !== null)
  if (obstacle === undefined) return
  throw new HlError('FAULT_UNAVAILABLE', obstacle, {
    next: [
      hint('up', {lab: '<name>', why: 'makes a standard lab: three nodes, three etcd members'}),
      hint('status', {why: 'shows what there is'}),
    ],
  })
}
