// Which standby answers a read. Invariant: one that lags on an older timeline than the primary is used only when there is no other. Pure: chance is handed in.
import type {Target, Topology} from './decide-primary.ts'

/** A standby that is not in `tried`, uniformly by `chance` in [0, 1); null when there is none. */
export function chooseStandby(topology: Topology, tried: ReadonlySet<string>, chance: number): Target | null {
  const untried = topology.standbys.filter(({node}) => !tried.has(node))
  const timeline = topology.primary?.timeline
  const current = untried.filter(standby => timeline === undefined || standby.timeline === timeline)
  const choice = current.length > 0 ? current : untried
  return choice[Math.floor(chance * choice.length)] ?? null
}
