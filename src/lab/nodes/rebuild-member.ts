// A rebuild as a person asks for it: under the lab's lock, until everything is redundant again. Not here: the rebuild
// itself (rebuild-node.ts).
import type {Clock, Cluster} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {whileLocked} from '../lifecycle/lock.ts'
import {untilHealthy} from '../lifecycle/until-healthy.ts'
import {rebuildNode, type Rebuilt} from './rebuild-node.ts'

const healthyMs = 600_000

export interface RebuiltMember extends Rebuilt {
  /** Now, with full redundancy. */
  readonly primary: string
}

/**
 * The signal ends the wait; what Patroni was told by then it does. Errors: LAB_BUSY, those of rebuildNode,
 * LAB_UNHEALTHY, the signal's reason.
 */
export async function rebuildMember(
  docker: Docker,
  cluster: Cluster,
  member: string,
  {clock, note, signal}: {readonly clock: Clock; readonly note: (text: string) => void; readonly signal?: AbortSignal},
): Promise<RebuiltMember> {
  return whileLocked(docker, {lab: cluster.lab, what: 'hl nodes rebuild'}, async () => {
    const {handedOverTo} = await rebuildNode(cluster, clock, member, signal)
    if (handedOverTo !== null) note(`${member} was the primary; ${handedOverTo} is now`)
    note('waiting for full redundancy')
    return {handedOverTo, primary: await untilHealthy({cluster}, clock, {withinMs: healthyMs, note, signal})}
  })
}
