// The access path that the load took, in words. PURE. Invariant: `direct` is never said without saying to whom, since
// all its figures follow from that.
// Not here: what each way does (src/load/access-paths/).
import type {Report} from '../model/report.ts'

/** For "through …" and the table of the load. */
export function accessPathText({through, directTo, trials}: Pick<Report, 'through' | 'directTo' | 'trials'>): string {
  if (through === 'service') return 'a service of its own'
  if (through === 'multi-host') return 'multi-host (a driver that knows every node)'
  if (through !== 'direct' || directTo === undefined) return through
  return trials === null
    ? `direct (${directTo} and no other node)`
    : 'direct (the first primary of each trial and no other node)'
}

/** How the load found a primary that had become writable: the last part of an outage. */
export function reroutedBy({through, directTo}: Pick<Report, 'through' | 'directTo'>): string {
  switch (through) {
    case 'router':
      return 'the router found it'
    case 'pgpool':
      return 'pgpool found it'
    case 'service':
      return 'the service found it: pools, retries and time-outs of its own'
    case 'multi-host':
      return 'the client connected to it'
    case 'direct':
      // A report that was written before names no node: its client knew several.
      return directTo === undefined ? 'the client connected to it' : `until ${directTo} itself took the writes again`
    default:
      return through satisfies never
  }
}
