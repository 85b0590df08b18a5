// Drops packets between a node and others, in both directions or one, without a reset to anybody. Exercises, by what is
// cut: `dcs` - Patroni fails to renew the lease, demotes after retry_timeout (failsafe mode: asks the members first),
// another node is promoted at ttl; `members` - replication stalls, commits wait for the sync standby, no failover;
// `clients` - no failover must happen at all.
import type {Cluster} from '../model/ports.ts'
import type {FaultSpec, Peer} from '../model/scenario.ts'
import {notRunning} from './container-evidence.ts'
import {evidenceFor, firstReason, toAll, type FaultType} from './fault.ts'
import {reconnect, unpause} from './repair.ts'

type Spec = Extract<FaultSpec, {kind: 'partition'}>

const postgresPort = 5432
const etcdPort = 2379
const directions: Readonly<Record<Spec['direction'], string>> = {
  both: 'both ways',
  in: 'incoming only',
  out: 'outgoing only',
}

export const partition: FaultType<Spec> = {
  summary: 'drops packets between a node and its peers, etcd or clients, both ways or one way',
  exercises: 'loss of etcd (demotion after retry_timeout, failsafe mode), stalled replication, unreachable primary',
  make: (cluster, spec, targets) => ({
    describe: `cut ${targets.join(', ')} off from ${spec.from.join(', ')} (${directions[spec.direction]})`,
    unavailable: async () => await firstReason(targets, async target => await notRunning(cluster, target)),
    inject: async () => await toAll(targets, async target => await cluster.partition(target, spec)),
    injected: async () =>
      await evidenceFor(targets, async target => {
        const [ruled, reached] = await Promise.all([
          cluster.isPartitioned(target),
          reachedPeers(cluster, target, spec.from),
        ])
        return ruled === true && reached.length === 0 ? `${target} reaches nobody of ${spec.from.join(', ')}` : null
      }),
    heal: async () =>
      await toAll(targets, async target => [await unpause(cluster, target), await reconnect(cluster, target)]),
    healed: async () =>
      await evidenceFor(targets, async target => {
        const cut = await cluster.isPartitioned(target)
        // Rules are gone with the network of a container that has ended; one that is paused keeps them.
        const gone = cut === null && (await cluster.containerStatus(target)) === 'stopped'
        return cut === false || gone ? `${target} is cut off from nobody` : null
      }),
  }),
}

/** Who still gets through, by TCP handshakes, which need both directions; for `clients` hl itself tries. */
async function reachedPeers(cluster: Cluster, target: string, from: readonly Peer[]): Promise<readonly string[]> {
  const others = (names: readonly string[], port: number) =>
    names.filter(name => name !== target).map(name => ({name, port}))
  const peers = [
    ...(from.includes('members') ? others(cluster.members, postgresPort) : []),
    ...(from.includes('dcs') ? others(cluster.dcsMembers, etcdPort) : []),
  ]
  const probes = peers.map(async ({name, port}) => ((await cluster.canReach(target, name, port)) ? name : null))
  const client =
    from.includes('clients') && cluster.members.includes(target)
      ? [cluster.answers(target).then(answers => (answers ? 'clients' : null))]
      : []
  return (await Promise.all([...probes, ...client])).filter(name => name !== null)
}
