// Undoes everything that any fault can have done to a lab, without knowing what was done: for `hl faults heal --all`
// after a crash of hl.
// Invariant: idempotent; on a lab where nothing is wrong it does nothing and says so by an empty list. Order matters: a
// frozen container takes no command, a stopped one has no rules, a cut one cannot reach etcd, maintenance mode ends
// only through a Patroni that runs, and a second primary is rebuilt before Patroni, out of maintenance mode, would only
// rewind it.
import type {Cluster} from '../model/ports.ts'
import {disarm, endMaintenance, rebuildIntruder, reconnect, start, startPatroni} from './repair.ts'

/** Returns what it did, in order. Throws the first failure after everything was tried. */
export async function healAll(cluster: Cluster): Promise<readonly string[]> {
  const services = [...cluster.dcsMembers, ...cluster.members]
  const failures: unknown[] = []
  const each = async (
    names: readonly string[],
    repair: (cluster: Cluster, name: string) => Promise<string | null>,
  ): Promise<readonly string[]> => {
    const results = await Promise.allSettled(names.map(async name => await repair(cluster, name)))
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason)
    return results.flatMap(result => (result.status === 'fulfilled' && result.value !== null ? [result.value] : []))
  }
  const did = [
    ...(await each(services, start)),
    ...(await each(services, reconnect)),
    ...(await each(cluster.dcsMembers.slice(0, 1), disarm)),
    ...(await each(cluster.members, startPatroni)),
    ...(await each(cluster.members, rebuildIntruder)),
    ...(await each(['the cluster'], async of => await endMaintenance(of))),
  ]
  if (failures.length > 0) throw failures[0]
  return did
}
