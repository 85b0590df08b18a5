// SIGKILL to Patroni alone; PostgreSQL lives and takes writes. Exercises: the lease runs out while the old primary is
// writable, so another node is promoted beside it: without a watchdog the window of two primaries that Patroni's
// documentation warns of lasts until Patroni is back.
import {hint} from '../model/command-hint.ts'
import type {FaultSpec} from '../model/scenario.ts'
import {HlError} from '../model/errors.ts'
import {evidenceFor, firstReason, toAll, type FaultType} from './fault.ts'
import {start, startPatroni} from './repair.ts'
import {killProcess, notARunningMember, processesOf} from './node-processes.ts'

type Spec = Extract<FaultSpec, {kind: 'kill-patroni'}>

const restPort = 8008

export const killPatroni: FaultType<Spec> = {
  summary: 'kills Patroni with SIGKILL; PostgreSQL lives on without an agent',
  exercises:
    'expiry of the lease under a living primary; two primaries until Patroni is back, for there is no watchdog',
  make: (cluster, _spec, targets) => ({
    describe: `kill Patroni on ${targets.join(', ')}`,
    unavailable: async () => await firstReason(targets, async target => await notARunningMember(cluster, target)),
    inject: async () =>
      await toAll(targets, async target => {
        const {patroni} = await processesOf(cluster, target)
        if (patroni === null)
          throw new HlError('FAULT_UNAVAILABLE', `no Patroni runs on ${target}`, {next: [hint('status')]})
        await killProcess(cluster, target, patroni)
      }),
    injected: async () =>
      await evidenceFor(targets, async target => {
        const {patroni, postmaster} = await processesOf(cluster, target)
        return patroni === null && postmaster !== null
          ? `Patroni of ${target} is gone, postmaster ${postmaster} lives`
          : null
      }),
    heal: async () =>
      await toAll(targets, async target => [await start(cluster, target), await startPatroni(cluster, target)]),
    healed: async () =>
      await evidenceFor(targets, async target => {
        const {patroni} = await processesOf(cluster, target)
        return patroni !== null && (await cluster.canReach(target, target, restPort))
          ? `Patroni ${patroni} of ${target} takes requests`
          : null
      }),
  }),
}
