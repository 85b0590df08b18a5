// Brings a lab back to health and to the settings that it was made with, whatever a fault or a run that was killed
// left. Invariant: settings come last, since Patroni takes none without a primary. Not here: each repair (src/faults).
import {healAll} from '../faults/heal-all.ts'
import type {Docker} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import {restoreSettings} from '../lab/patroni/restore-settings.ts'
import type {Clock} from '../model/ports.ts'

export interface HealedLab {
  /** What was done, in words; empty: nothing had to be. */
  readonly did: readonly string[]
  /** Of its first cluster. */
  readonly primary: string | null
}

/**
 * All clusters of the lab, under its lock. The signal ends the waits: what was healed by then stays so. Errors:
 * LAB_BUSY, those of healAll, LAB_UNHEALTHY, the signal's reason.
 */
export async function healLab(
  docker: Docker,
  {cluster: {lab}, clusters}: Pick<ConnectedLab, 'cluster' | 'clusters'>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<HealedLab> {
  return whileLocked(docker, {lab, what: 'hl faults heal'}, async () => {
    const healed = await Promise.all(clusters.map(async ({cluster}) => healAll(cluster)))
    await Promise.all(clusters.map(async one => untilHealthy(one, clock, {signal})))
    const restored = await Promise.all(clusters.map(async one => restoreSettings(one)))
    const [primary = null] = await Promise.all(clusters.map(async one => untilHealthy(one, clock, {signal})))
    return {did: [...new Set([...healed.flat(), ...restored.flat()])], primary}
  })
}
