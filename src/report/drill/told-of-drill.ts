// What every form of a drill's report tells in the same words: its set-up, its moments. Not here: layout, figures
// (drill-rows.ts).
import type {DrillMark, DrillReport} from '../../model/drill.ts'
import type {SetUp} from '../setup-facts.ts'

/** A drill's load goes through the router, always: that is where its RTO ends. */
export function drillSetUp({config, host}: Pick<DrillReport, 'config' | 'host'>): SetUp {
  return {config, host, through: 'router', trials: null}
}

/** `full backup at +5.0s`. */
export function markText({text, atMs}: DrillMark): string {
  return `${text} at +${(atMs / 1_000).toFixed(1)}s`
}
