// When the load looked at the cluster: where nobody wrote, nobody saw. PURE. Invariant: follows from the moments at
// which operations were sent, never from how they ended. Not here: what a hole means for a figure (rto-bounds.ts) or
// for the verdict (assumptions.ts).
import {column, where} from './columns.ts'
import {ascended, type Sequence} from './sequence.ts'

/** Between two operations that were sent, or from the last one to where the load was to end. */
export interface Hole {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * A busy host issues operations some hundred ms late now and then; a pause that is longer hides something. The second
 * is the one that service must be unbroken for: a shorter recovery is none.
 */
const holeFloorMs = 500
/** Of a thin load: so many times its usual pause. */
const holeFactor = 3

export interface Coverage {
  /** Pauses of the load that are longer than a busy host explains, in order. */
  readonly holes: readonly Hole[]
}

interface Sent {
  readonly invokedMs: number
  readonly error: {readonly code: string | null} | null
}

/** What was refused because too much was under way was never sent. */
export function coverageOf(ops: Sequence<Sent>): Coverage {
  const sentMs = ascended(
    column(
      where(ops, op => op.error?.code !== 'QUEUE_FULL'),
      'invokedMs',
    ),
  )
  const [first = 0, last = first] = [sentMs[0], sentMs.at(-1)]
  const meanMs = sentMs.length < 2 ? 0 : (last - first) / (sentMs.length - 1)
  const least = Math.max(holeFloorMs, holeFactor * meanMs)
  const holes: Hole[] = []
  let fromMs = first
  for (const toMs of sentMs) {
    if (toMs - fromMs > least) holes.push({fromMs, toMs})
    fromMs = toMs
  }
  return {holes}
}

/** Of two loads that follow each other: what lies between them is no hole of either. */
export function joinCoverage(first: Coverage, second: Coverage): Coverage {
  return {holes: [...first.holes, ...second.holes]}
}

/** How much of a stretch lies in holes. */
export function hiddenMs(holes: readonly Hole[], fromMs: number, toMs: number): number {
  return holes.reduce((sum, hole) => sum + Math.max(0, Math.min(hole.toMs, toMs) - Math.max(hole.fromMs, fromMs)), 0)
}
