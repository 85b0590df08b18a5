// "Did you mean": the nearest of some words. PURE.

/**
 * The candidate within two edits (or a third of the word) of `word`; null when none is near. Levenshtein, Soviet
 * Physics Doklady 10 (1966).
 */
export function closest(word: string, candidates: readonly string[]): string | null {
  const limit = Math.max(2, Math.floor(word.length / 3))
  let best: {readonly candidate: string; readonly edits: number} | null = null
  for (const candidate of candidates) {
    const edits = editDistance(word, candidate)
    if (edits <= limit && (best === null || edits < best.edits)) best = {candidate, edits}
  }
  return best?.candidate ?? null
}

/** What may be meant: the nearest, or those few that the word is a part of. */
export function suggestions(word: string, candidates: readonly string[]): readonly string[] {
  const near = closest(word, candidates)
  const holding = word.length < 3 ? [] : candidates.filter(candidate => candidate.includes(word))
  return near !== null ? [near] : holding.slice(0, suggestionsMax)
}

const suggestionsMax = 6

function editDistance(a: string, b: string): number {
  let previous = Array.from({length: b.length + 1}, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
