// SIGTERM and patience: the node goes as it would for a planned reboot. Exercises: Patroni stops PostgreSQL, waits
// until a standby has the shutdown checkpoint and gives the lease back, so the others need not wait for ttl. A figure
// from here is no figure for a crash.
import type {FaultSpec} from '../model/scenario.ts'
import {goneEvidence, isBackEvidence, notRunning} from './container-evidence.ts'
import {evidenceFor, firstReason, toAll, type FaultType} from './fault.ts'
import {start} from './repair.ts'

type Spec = Extract<FaultSpec, {kind: 'stop-container'}>

export const stopContainer: FaultType<Spec> = {
  summary: 'stops a container with SIGTERM, as a planned reboot does',
  exercises: 'clean shutdown of PostgreSQL by Patroni and release of the lease before ttl',
  make: (cluster, _spec, targets) => ({
    describe: `stop the container of ${targets.join(', ')} gracefully`,
    unavailable: async () => await firstReason(targets, async target => await notRunning(cluster, target)),
    inject: async () => await toAll(targets, async target => await cluster.stop(target)),
    injected: async () => await evidenceFor(targets, async target => await goneEvidence(cluster, target)),
    heal: async () => await toAll(targets, async target => await start(cluster, target)),
    healed: async () => await evidenceFor(targets, async target => await isBackEvidence(cluster, target)),
  }),
}
