// The deadlines that a plan announces and the walk enforces, in ms.

/** A command to Docker and the probe that sees its effect, on a busy machine. */
export const injectWithinMs = 45_000
/** A container's start, or a demotion with its rewind; the rejoin itself is awaited as `healthy`. */
export const healWithinMs = 120_000
/** Before the first step: settings, tables, full redundancy. */
export const prepareWithinMs = 120_000
/** After the last: healing, full redundancy, the last operations, the final read. */
export const endWithinMs = 240_000
/** What each part of the end gets. */
export const partWithinMs = endWithinMs / 4
/** Reading every page and index of what came back. */
export const verifyWithinMs = 600_000
/** A step whose work copies data: a backup, a restore, a copy, a rebuild. */
export const copyWithinMs = 900_000
/**
 * A wait within a step has the step's own deadline and says what it saw last, so the walk aborts the step a moment later.
 */
export const abortAfterMs = 1_000
/**
 * An aborted step takes away what it began, a container for example; so long may also an inject or a heal take, which is
 * not cut off.
 */
export const stopWithinMs = healWithinMs
