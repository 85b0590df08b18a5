// Which faults are in place on a lab now, told from the lab itself. Looks only. Not here: mending (heal-all.ts).
import type {Cluster} from '../model/ports.ts'

/** One short text each; empty for a lab where nothing is broken. */
export async function faultsInPlace(cluster: Cluster): Promise<readonly string[]> {
  const found = await Promise.all(
    [...cluster.members, ...cluster.dcsMembers].map(async service => {
      const status = await cluster.containerStatus(service)
      if (status !== 'running') return `${service} is ${status}`
      return (await cluster.isPartitioned(service)) === true ? `${service} is cut off` : null
    }),
  )
  return found.filter(text => text !== null)
}
