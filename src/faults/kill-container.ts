// SIGKILL to everything in a container at once: the node is gone, its host still answers "refused". Exercises: the
// lease runs out (up to ttl), the standbys race for it, the sync set is honoured; later pg_rewind of the old primary.
// For etcd: raft elects, leases are refreshed by the new leader.
import type {FaultSpec} from '../model/scenario.ts'
import {evidenceFor, firstReason, toAll, type FaultType} from './fault.ts'
import {goneEvidence, isBackEvidence, notRunning} from './container-evidence.ts'
import {start} from './repair.ts'

type Spec = Extract<FaultSpec, {kind: 'kill-container'}>

export const killContainer: FaultType<Spec> = {
  summary: 'kills a container with SIGKILL, as if the node lost power while its network still answers',
  exercises: 'expiry of the lease, election by etcd, promotion of a sync standby, pg_rewind of the old primary',
  make: (cluster, _spec, targets) => ({
    describe: `kill the container of ${targets.join(', ')}`,
    unavailable: async () => await firstReason(targets, async target => await notRunning(cluster, target)),
    inject: async () => await toAll(targets, async target => await cluster.kill(target)),
    injected: async () => await evidenceFor(targets, async target => await goneEvidence(cluster, target)),
    heal: async () => await toAll(targets, async target => await start(cluster, target)),
    healed: async () => await evidenceFor(targets, async target => await isBackEvidence(cluster, target)),
  }),
}
