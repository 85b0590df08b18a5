// What `hl failover` and `hl drill` call the same figure: in a failover the cluster repairs itself, in a drill it is
// brought back from a disaster. Invariant: words only; both have the same figures, rows and sections.
import type {Report} from '../model/report.ts'

interface CommandWords {
  /** Title of the RTO and of its objective. */
  readonly rto: string
  /** In place of an RTO where nothing interrupted the writes, or no disaster came. */
  readonly noRto: string
  /** Title of the parts of what never came back. */
  readonly partsOfNever: string
  /** Head of the column that explains the parts. */
  readonly partNote: string
  readonly unattributed: string
  /** Why unknown writes are not counted as lost. */
  readonly unknown: string
  readonly redundant: string
  readonly notRedundant: string
}

const words: Readonly<Record<Report['command'], CommandWords>> = {
  failover: {
    rto: 'RTO (writes)',
    noRto: 'no outage',
    partsOfNever: 'where the time went',
    partNote: 'what was waited for',
    unattributed: 'no event explains it',
    unknown: 'they do not count against RPO',
    redundant: 'until all standbys stream and the sync set is complete',
    notRedundant: 'not before the run ended',
  },
  drill: {
    rto: 'RTO',
    noRto: 'not measured',
    partsOfNever: 'where the time went, as far as it came',
    partNote: 'what was done',
    unattributed: 'no phase explains it',
    unknown: 'nobody was promised these',
    redundant: 'until all standbys of the restored cluster streamed',
    notRedundant: 'not before the drill ended',
  },
}

export function wordsOf({command}: Pick<Report, 'command'>): CommandWords {
  return words[command]
}
