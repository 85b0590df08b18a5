// How the host was while the run went on. Invariant: what the host does not tell is null. Not here: what a starved host
// means for the verdict (warnings.ts).
import type {HostFacts, RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {eventsOf} from './events-of.ts'

/** Time stolen by the hypervisor in % of which HA loops of seconds begin to run late. */
const stealPctMax = 10
/** Share of time in which some task waited for a CPU (PSI some avg10) above which the lab measures its host. */
const pressurePctMax = 60

export function hostFacts(record: Pick<RunRecord, 'host'>, events: readonly RunEvent[]): HostFacts {
  const samples = eventsOf(events, 'host.sampled')
  return {
    ...record.host,
    cpuBusyPctMax: most(samples.map(sample => sample.cpuBusyPct)),
    stealPctMax: most(samples.map(sample => sample.stealPct)),
    pressurePctMax: most(samples.map(sample => sample.pressurePct)),
  }
}

/** Why the host counts as starved; null when it does not. */
export function starvedBy(host: HostFacts): string | null {
  if (host.stealPctMax !== null && host.stealPctMax > stealPctMax)
    return `steal ${host.stealPctMax.toFixed(0)}% (limit ${stealPctMax}%)`
  if (host.pressurePctMax !== null && host.pressurePctMax > pressurePctMax)
    return `CPU pressure ${host.pressurePctMax.toFixed(0)}% (limit ${pressurePctMax}%)`
  return null
}

function most(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (greatest, value) => (value === null || (greatest !== null && greatest >= value) ? greatest : value),
    null,
  )
}
