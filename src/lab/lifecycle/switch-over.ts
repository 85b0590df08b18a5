// A planned change of the primary, whole: planned and done under the lab's lock, until everything is redundant again.
// Not here: who hands over to whom (plan-switchover.ts), how Patroni is asked (patroni/switchover.ts).
import type {Clock, Cluster} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {planSwitchover} from '../patroni/plan-switchover.ts'
import {whileLocked} from './lock.ts'
import {untilHealthy} from './until-healthy.ts'

export interface SwitchedOver {
  readonly from: string
  /** The primary now. */
  readonly to: string
}

/**
 * `to`: null is Patroni's choice. The signal ends the wait, and Patroni goes on with what it was told. Errors:
 * LAB_BUSY, those of planSwitchover, PATRONI_REFUSED, LAB_UNHEALTHY, the signal's reason.
 */
export async function switchOver(
  docker: Docker,
  cluster: Cluster,
  clock: Clock,
  to: string | null,
  signal?: AbortSignal,
): Promise<SwitchedOver> {
  return whileLocked(docker, {lab: cluster.lab, what: 'hl switchover'}, async () => {
    signal?.throwIfAborted()
    const {from} = planSwitchover(await cluster.state(), to)
    await cluster.switchover(from, to)
    return {from, to: await untilHealthy({cluster}, clock, {signal})}
  })
}
