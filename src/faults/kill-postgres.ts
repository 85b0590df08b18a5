// SIGKILL to the postmaster alone; its children notice and go, Patroni lives. Exercises: Patroni sees the crash in its
// next loop and starts PostgreSQL again in place, while it keeps the lease; only after primary_start_timeout (300 s by
// default) would it fail over.
import {hint} from '../model/command-hint.ts'
import type {FaultSpec} from '../model/scenario.ts'
import {HlError} from '../model/errors.ts'
import {evidenceFor, firstReason, toAll, type FaultType} from './fault.ts'
import {start, startPatroni} from './repair.ts'
import {killProcess, notARunningMember, processesOf} from './node-processes.ts'

type Spec = Extract<FaultSpec, {kind: 'kill-postgres'}>

export const killPostgres: FaultType<Spec> = {
  summary: 'kills the postmaster with SIGKILL; Patroni lives',
  exercises: 'crash detection in the HA loop, crash recovery in place, no failover before primary_start_timeout',
  make: (cluster, _spec, targets) => {
    const killed = new Map<string, number>()
    return {
      describe: `kill PostgreSQL on ${targets.join(', ')}`,
      unavailable: async () => await firstReason(targets, async target => await notARunningMember(cluster, target)),
      inject: async () =>
        await toAll(targets, async target => {
          const {postmaster} = await processesOf(cluster, target)
          if (postmaster === null)
            throw new HlError('FAULT_UNAVAILABLE', `no PostgreSQL runs on ${target}`, {next: [hint('status')]})
          killed.set(target, postmaster)
          await killProcess(cluster, target, postmaster)
        }),
      injected: async () =>
        await evidenceFor(targets, async target => {
          const {postmaster} = await processesOf(cluster, target)
          const old = killed.get(target)
          if (old === undefined || postmaster === old) return null
          return postmaster === null
            ? `postmaster ${old} of ${target} is gone`
            : `postmaster ${old} of ${target} is gone, ${postmaster} is in its place`
        }),
      heal: async () =>
        await toAll(targets, async target => [await start(cluster, target), await startPatroni(cluster, target)]),
      healed: async () =>
        await evidenceFor(targets, async target => {
          const {postmaster} = await processesOf(cluster, target)
          return postmaster !== null && (await cluster.answers(target))
            ? `PostgreSQL of ${target} answers (postmaster ${postmaster})`
            : null
        }),
    }
  },
}
