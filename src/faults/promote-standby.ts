// Promotes a standby by hand behind Patroni's back, in maintenance mode so that Patroni lets it be: two nodes accept
// writes at once. This is the control for the split-brain checks: they must reject the run. Exercises on heal: a
// primary without the lease is rebuilt from the real one, for its writes must go and its timeline's number must not
// come back (see rebuildIntruder).
import {hint} from '../model/command-hint.ts'
import type {Cluster} from '../model/ports.ts'
import type {FaultSpec} from '../model/scenario.ts'
import {HlError} from '../model/errors.ts'
import {evidenceFor, firstReason, toAll, type FaultType} from './fault.ts'
import {endMaintenance, rebuildIntruder, start, startPatroni} from './repair.ts'
import {notARunningMember} from './node-processes.ts'

type Spec = Extract<FaultSpec, {kind: 'promote-standby'}>

export const promoteStandby: FaultType<Spec> = {
  summary: 'promotes a standby by hand in maintenance mode: two primaries, for the control of the split-brain checks',
  exercises: 'nothing of Patroni while it is paused; on heal, reinitialisation of a member with a timeline of its own',
  make: (cluster, _spec, targets) => ({
    describe: `promote ${targets.join(', ')} behind Patroni's back`,
    unavailable: async () =>
      await firstReason(targets, async target => {
        const reason = await notARunningMember(cluster, target)
        if (reason !== null) return reason
        return (await inRecovery(cluster, target)) === true ? null : `${target} is no standby`
      }),
    inject: async () => {
      await cluster.setMaintenance(true)
      await toAll(targets, async target => await promote(cluster, target))
    },
    injected: async () =>
      await evidenceFor(targets, async target =>
        (await inRecovery(cluster, target)) === false ? `${target} has left recovery and is a second primary` : null,
      ),
    heal: async () => {
      await toAll(targets, async target => [await start(cluster, target), await startPatroni(cluster, target)])
      await toAll(targets, async target => await rebuildIntruder(cluster, target))
      await endMaintenance(cluster)
    },
    healed: async () =>
      await evidenceFor(targets, async target =>
        (await inRecovery(cluster, target)) === true ? `${target} is a standby again` : null,
      ),
  }),
}

/** null when PostgreSQL does not answer, as while it is rewound. */
async function inRecovery(cluster: Cluster, member: string): Promise<boolean | null> {
  const result = await psql(cluster, member, 'SELECT pg_is_in_recovery()')
  return result.exitCode === 0 ? result.stdout.trim() === 't' : null
}

async function promote(cluster: Cluster, member: string): Promise<void> {
  const result = await psql(cluster, member, 'SELECT pg_promote(wait => false)')
  if (result.exitCode !== 0)
    throw new HlError('FAULT_UNAVAILABLE', `${member} could not be promoted: ${result.stderr.trim().slice(0, 300)}`, {
      next: [hint('logs', {args: [member]})],
    })
}

/** As the superuser over the local socket, where no password is needed. */
async function psql(cluster: Cluster, member: string, sql: string) {
  return await cluster.exec(member, ['psql', '-X', '-A', '-t', '-d', 'postgres', '-c', sql], {
    user: 'postgres',
    timeoutMs: 10_000,
  })
}
