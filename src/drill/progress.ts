// How far a drill has come. Invariant: only the steps change it. Not here: the steps (run-drill.ts,
// restore-in-drill.ts).
import type {Disaster, DrillPartName, DrillPhase, DrillRecord, RestoreFacts, Tampering} from '../model/drill.ts'
import type {Check} from '../model/verdict.ts'
import type {RestoredWorld} from './drill-world.ts'

/** What the steps add, one after the other. */
export interface Progress {
  disaster: DrillRecord['disaster']
  kind: Disaster | null
  /** The member that was struck; null: none alone. */
  struck: string | null
  tampering: Tampering | null
  phases: DrillPhase[]
  restored: RestoredWorld | null
  /** Of what came back, where no cluster was restored. */
  facts: RestoreFacts | null
  refusal: DrillRecord['refusal']
  /** What steps on the way looked at, beside the verification at the end. */
  found: Check[]
  rest: Pick<DrillRecord, 'firstWriteMs' | 'redundantMs' | 'verification' | 'final'>
}

/** A part of the way back is over. */
export function phase(progress: Progress, name: DrillPartName, fromMs: number, toMs: number): void {
  progress.phases.push({name, fromMs, toMs})
}
