// Where the primary's WAL was, and when: what a standby's position means in time. Pure.
// Invariants: samples are of one primary on one timeline, because positions compare only there; both times and
// positions only grow; memory is bounded; what was thinned out errs on the safe side: a lag comes out longer, never
// shorter.
// Not here: which standby may be compared with it (its timeline must be the trace's), the asking.

export interface PrimarySample {
  readonly node: string
  readonly timeline: number
  readonly position: number | null
  /** When the question was sent, on the monotonic clock. */
  readonly askedMs: number
}

/** One position, and the first and the last question that it was the answer to. */
interface Stay {
  readonly position: number
  readonly firstMs: number
  readonly lastMs: number
}

export interface PrimaryTrace {
  readonly node: string | null
  readonly timeline: number | null
  /**
   * Position of the first sample on this timeline: all that survived from older timelines lies below it. null: no
   * position was told yet.
   */
  readonly floor: number | null
  readonly stays: readonly Stay[]
}

export const noTrace: PrimaryTrace = {node: null, timeline: null, floor: null, stays: []}

/** Of a day of changing positions this leaves, for a lag of any length, an error of about a twentieth of it. */
export const staysMost = 256

/**
 * The accepted primary told a position. Another primary, another timeline, or a position that went back (WAL was lost)
 * starts anew; an older answer is ignored.
 */
export function noteSample(trace: PrimaryTrace, sample: PrimarySample): PrimaryTrace {
  const {node, timeline, position, askedMs} = sample
  if (trace.node !== node || trace.timeline !== timeline) return traceFrom(sample)
  const last = trace.stays.at(-1)
  if (position === null || (last !== undefined && askedMs <= last.lastMs)) return trace
  if (last === undefined || position < last.position) return traceFrom(sample)
  if (position === last.position) return {...trace, stays: trace.stays.with(-1, {...last, lastMs: askedMs})}
  return {...trace, stays: thinned([...trace.stays, {position, firstMs: askedMs, lastMs: askedMs}])}
}

function traceFrom({node, timeline, position, askedMs}: PrimarySample): PrimaryTrace {
  return {
    node,
    timeline,
    floor: position,
    stays: position === null ? [] : [{position, firstMs: askedMs, lastMs: askedMs}],
  }
}

/**
 * How far a standby is behind, by its position and by when it was asked for it. `ms`: for how long then the primary had
 * been seen beyond that position, at the least.
 */
export function lagOf(
  trace: PrimaryTrace,
  standbyPosition: number,
  standbyAskedMs: number,
): {readonly bytes: number; readonly ms: number} | null {
  const newest = trace.stays.at(-1)
  if (newest === undefined) return null
  const beyond = firstOf(trace.stays, ({position}) => position > standbyPosition)
  if (beyond === undefined) return {bytes: 0, ms: 0}
  return {bytes: newest.position - standbyPosition, ms: Math.max(0, standbyAskedMs - beyond.firstMs)}
}

/**
 * One too many: joins the neighbours whose difference matters least for their age. The later position, since the
 * earlier time.
 */
function thinned(stays: readonly Stay[]): readonly Stay[] {
  if (stays.length <= staysMost) return stays
  const at = leastMissed(stays)
  const [earlier, later] = [stays[at - 1], stays[at]]
  return earlier === undefined || later === undefined
    ? stays
    : stays.toSpliced(at - 1, 2, {...later, firstMs: earlier.firstMs})
}

/**
 * Which stay, joined with the one before it, makes the smallest relative error of a lag. A plain loop: it runs at each
 * sample.
 */
function leastMissed(stays: readonly Stay[]): number {
  const newestMs = stays.at(-1)?.firstMs ?? 0
  let least = Infinity
  let at = 1
  for (let index = 1; index < stays.length; index++) {
    const sinceMs = stays[index]?.firstMs ?? 0
    const error = (sinceMs - (stays[index - 1]?.firstMs ?? 0)) / (newestMs - sinceMs)
    if (error < least) {
      least = error
      at = index
    }
  }
  return at
}

/** The first of which `holds` is true, where it is true of all after it too. */
function firstOf(stays: readonly Stay[], holds: (stay: Stay) => boolean): Stay | undefined {
  let low = 0
  let high = stays.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const stay = stays[middle]
    if (stay !== undefined && holds(stay)) high = middle
    else low = middle + 1
  }
  return stays[low]
}
