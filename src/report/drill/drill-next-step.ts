// What to try next after a drill: one or two lines, a command where there is one. Invariant: nothing is advised that
// the report does not show the reason of.
import type {DrillReport} from '../../model/drill.ts'
import {shellWord, type Hint} from '../next-step.ts'
import {formatShare} from '../quantity.ts'
import {explainDrillParts} from './drill-parts.ts'

/** From this share of the recovery on, replay is what to shorten. */
const replayShareMin = 0.5

/** The command that repeats this drill with the same seed. */
export function drillCommand(report: Pick<DrillReport, 'scenario' | 'seed'>): string {
  return `hl drill --scenario ${shellWord(report.scenario)} --seed ${report.seed}`
}

/** The most useful thing to do after reading this report; null when there is nothing to say. */
export function drillHint(report: DrillReport): Hint | null {
  const repeat = drillCommand(report)
  if (report.nature === 'refusal' && report.verdict === 'fail')
    return {
      text: 'this restore had to be refused as the drill says, and nothing changed: do not restore from such an archive until it does',
      command: repeat,
    }
  if (report.verdict === 'unknown')
    return {
      text: 'unknown is not a pass: see which assumption did not hold above, then repeat the drill',
      command: repeat,
    }
  if (report.controlHeld === false)
    return {
      text: 'this control had to be rejected and was not: do not trust a pass of the same check until it is',
      command: repeat,
    }
  if (report.nature === 'control') return null
  if (report.verdict === 'fail')
    return {
      text: 'see what failed above; the run folder holds enough to judge it again',
      command: `hl runs check ${shellWord(report.run)}`,
    }
  const replay = explainDrillParts(report).find(part => part.name === 'replay')
  if (replay !== undefined && replay.share >= replayShareMin)
    return {
      text: `replay is ${formatShare(replay.share)} of the recovery: it grows with the WAL since the backup, so more frequent backups shorten it`,
      command: null,
    }
  return null
}
