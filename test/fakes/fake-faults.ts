// Faults on the fake cluster, with evidence as the real ones give it. Not here: the real ones (src/faults).
import {unreachable} from '../../src/model/errors.ts'
import type {FaultSpec} from '../../src/model/scenario.ts'
import type {Fault} from '../../src/faults/fault.ts'
import type {FakeCluster} from './fake-cluster.ts'

interface OnOne {
  readonly inject: (service: string) => Promise<void>
  readonly injected: (service: string) => Promise<boolean>
  readonly heal: (service: string) => Promise<void>
  readonly healed: (service: string) => Promise<boolean>
}

/** A fault on several targets is done one after the other and seen when it is seen on all. */
export function fakeFault(cluster: FakeCluster, spec: FaultSpec, targets: readonly string[]): Fault {
  const one = onOne(cluster, spec)
  const each = async (work: (service: string) => Promise<void>): Promise<void> => {
    for (const target of targets) await work(target)
  }
  const all = async (probe: (service: string) => Promise<boolean>, evidence: string): Promise<string | null> =>
    (await Promise.all(targets.map(probe))).every(Boolean) ? evidence : null
  return {
    describe: `${spec.kind} ${targets.join(', ')}`,
    unavailable: async () => null,
    inject: () => each(one.inject),
    injected: () => all(one.injected, `${targets.join(', ')}: seen`),
    heal: () => each(one.heal),
    healed: () => all(one.healed, `${targets.join(', ')}: back`),
  }
}

function onOne(cluster: FakeCluster, spec: FaultSpec): OnOne {
  const is = (status: string) => async (service: string) => (await cluster.containerStatus(service)) === status
  switch (spec.kind) {
    case 'kill-container':
    case 'stop-container':
      return {
        inject: service => cluster.kill(service),
        injected: is('stopped'),
        heal: service => cluster.start(service),
        healed: is('running'),
      }
    case 'pause-container':
      return {
        inject: service => cluster.pause(service),
        injected: is('paused'),
        heal: service => cluster.unpause(service),
        healed: is('running'),
      }
    case 'kill-postgres':
      return {
        inject: service => cluster.killProcess(service, 'postgres'),
        injected: async service => !cluster.node(service).postgres,
        heal: async () => undefined,
        healed: async service => cluster.node(service).postgres,
      }
    case 'kill-patroni':
      return {
        inject: service => cluster.killProcess(service, 'patroni'),
        injected: async service => !cluster.node(service).patroni,
        heal: service => cluster.startPatroni(service),
        healed: async service => cluster.node(service).patroni,
      }
    case 'partition':
      return {
        inject: service => cluster.partition(service, spec),
        injected: async service => (await cluster.isPartitioned(service)) === true,
        heal: service => cluster.healPartition(service),
        healed: async service => (await cluster.isPartitioned(service)) !== true,
      }
    case 'promote-standby':
      return {
        inject: async service => {
          await cluster.setMaintenance(true)
          await cluster.promote(service)
        },
        injected: async service => cluster.node(service).primary,
        heal: () => cluster.setMaintenance(false),
        healed: async service => !cluster.node(service).primary || cluster.ha.lease.owner === service,
      }
    default:
      return unreachable(spec)
  }
}
