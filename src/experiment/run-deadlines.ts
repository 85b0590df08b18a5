// The deadlines that a plan announces and the walk enforces, in ms. Invariant: no part of a run has a deadline that the
// sum which a plan announces leaves out.
import {isWayBack, type Step} from '../model/scenario.ts'

/** A command to Docker and the probe that sees its effect, on a busy machine. */
export const injectWithinMs = 45_000
/** A container's start, or a demotion with its rewind; the rejoin itself is awaited as `healthy`. */
export const healWithinMs = 120_000
/** Before the first step, all together: settings, tables, full redundancy. */
export const prepareWithinMs = 240_000
/** Bringing the settings back. */
export const settingsWithinMs = 120_000
/** Full redundancy, after everything is healed. */
export const redundancyWithinMs = 120_000
/** Each other part of the end: the last operations, a final read, the observer, connections. */
export const partWithinMs = 60_000
/** Reading every page and index of what came back. */
export const verifyWithinMs = 600_000
/** A step whose work copies data: a backup, a restore, a copy, a rebuild. */
export const copyWithinMs = 900_000
/**
 * A wait within a step has the step's own deadline and says what it saw last, so the walk aborts the step a moment
 * later.
 */
export const abortAfterMs = 1_000
/**
 * An aborted step takes away what it began, a container for example; so long may also an inject or a heal take, which
 * is not cut off.
 */
export const stopWithinMs = healWithinMs

/** Upper bound of what follows the last step, or one that hangs; `steps`: of the scenario. */
export function endWithinMs(steps: readonly Step[]): number {
  const faults = steps.filter(({kind}) => kind === 'inject' || kind === 'backup-during-failover').length
  const loads = 1 + steps.filter(({kind}) => kind === 'restore').length
  const verifications = steps.filter(isWayBack).length
  const hung = abortAfterMs + stopWithinMs
  // Each load is stopped, read and closed; the observer is stopped.
  const parts = 3 * loads + 1
  return (
    hung +
    healWithinMs * faults +
    redundancyWithinMs +
    verifyWithinMs * verifications +
    partWithinMs * parts +
    settingsWithinMs
  )
}
