// Freezes all processes of a container (cgroup freezer): the node is silent, its connections stay open and nobody gets
// a reset. Exercises: timeouts instead of refusals, expiry of the lease under a primary that does not know it, and on
// thawing its demotion before it acknowledges anything.
import type {FaultSpec} from '../model/scenario.ts'
import {notRunning} from './container-evidence.ts'
import {evidenceFor, firstReason, toAll, type FaultType} from './fault.ts'
import {unpause} from './repair.ts'

type Spec = Extract<FaultSpec, {kind: 'pause-container'}>

export const pauseContainer: FaultType<Spec> = {
  summary: 'freezes a container: silent, with its connections open, as a hung or suspended virtual machine',
  exercises: 'timeouts of clients and of Patroni, expiry of the lease, demotion of a primary that wakes up late',
  make: (cluster, _spec, targets) => ({
    describe: `freeze the container of ${targets.join(', ')}`,
    unavailable: async () => await firstReason(targets, async target => await notRunning(cluster, target)),
    inject: async () => await toAll(targets, async target => await cluster.pause(target)),
    injected: async () =>
      await evidenceFor(targets, async target => {
        if ((await cluster.containerStatus(target)) !== 'paused') return null
        if (!cluster.members.includes(target)) return `${target} is frozen`
        return (await cluster.answers(target)) ? null : `${target} is frozen and its PostgreSQL is silent`
      }),
    heal: async () => await toAll(targets, async target => await unpause(cluster, target)),
    healed: async () =>
      await evidenceFor(targets, async target =>
        (await cluster.containerStatus(target)) === 'paused' ? null : `${target} is thawed`,
      ),
  }),
}
