// Which gap between neighbours of an ascending list is the longest, of those from one to another: asked once for each
// operation that failed. PURE. Invariant: 4 bytes for each gap, and steps as the logarithm of how many are asked about.
// Not here: what a gap means (outages.ts).

/**
 * Answers "which gap from..to is the longest (the first of equals)". A tree of winners: node n has the winner of its
 * two below, 2n and 2n + 1, and the gaps themselves are behind the last node.
 */
export function gapFinder(pointsMs: Float64Array): (from: number, to: number) => number {
  const gaps = pointsMs.length - 1
  const length = (gap: number): number => (pointsMs[gap + 1] ?? 0) - (pointsMs[gap] ?? 0)
  const better = (a: number, b: number): number => {
    const [one, other] = [length(a), length(b)]
    return other > one || (other === one && b < a) ? b : a
  }
  const winners = new Uint32Array(gaps)
  const at = (node: number): number => (node >= gaps ? node - gaps : (winners[node] ?? 0))
  for (let node = gaps - 1; node > 0; node -= 1) winners[node] = better(at(2 * node), at(2 * node + 1))
  return (from, to) => {
    let best = from
    let [left, right] = [from + gaps, to + gaps + 1]
    for (; left < right; left >>>= 1, right >>>= 1) {
      if ((left & 1) === 1) best = better(best, at(left++))
      if ((right & 1) === 1) best = better(best, at(--right))
    }
    return best
  }
}
