// PURE: the journal of a schedule without the lines that say nothing any more, so that a service of years has a short
// one. Invariant: what is due and what is counted stays the same.
// Not here: when that is done, and the file (journal.ts).
import type {Outcome} from './decide-due.ts'

/**
 * Of each task the last success and the last failure before it, and the failures since: those of verification by
 * backup, as each of `backups` has its own attempts. What is left out is in their `times`.
 */
export function shortenJournal(outcomes: readonly Outcome[], backups: ReadonlySet<string>): readonly Outcome[] {
  const kept = new Map<string, Outcome>()
  const settled = new Set<string>()
  for (const outcome of outcomes.toReversed()) {
    const own = outcome.task === 'verify' ? `verify ${outcome.backup ?? ''}` : outcome.task
    if (outcome.ok) settled.add(own)
    const goesOn = !outcome.ok && !settled.has(own) && (outcome.task !== 'verify' || backups.has(outcome.backup ?? ''))
    const key = goesOn ? `${own} goes on` : `${outcome.task} ${outcome.ok}`
    const later = kept.get(key)
    // Failures that are over are nobody's: beside the name of a backup they would count against it.
    if (later === undefined) kept.set(key, outcome.ok || goesOn ? outcome : {...outcome, backup: null})
    else kept.set(key, {...later, times: (later.times ?? 1) + (outcome.times ?? 1)})
  }
  return [...kept.values()].reverse()
}
