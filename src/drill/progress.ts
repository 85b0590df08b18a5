// How far a drill has come. Invariant: only the steps change it. Not here: the steps (run-drill.ts, restore-in-drill.ts).
import type {Disaster, DrillPhase, DrillRecord, Tampering} from '../model/drill.ts'
import type {RestoredWorld} from './drill-world.ts'

/** What the steps add, one after the other. */
export interface Progress {
  disaster: DrillRecord['disaster']
  kind: Disaster | null
  tampering: Tampering | null
  phases: DrillPhase[]
  restored: RestoredWorld | null
  refusal: DrillRecord['refusal']
  rest: Pick<DrillRecord, 'firstWriteMs' | 'redundantMs' | 'verification' | 'final'>
}
