// Three-valued verdicts: the worst wins, and what could not be judged is unknown. Not here: what is judged
// (src/measure).

export type Verdict = 'pass' | 'fail' | 'unknown'

/** A checker's answer. `detail` is one sentence for people, with the numbers. */
export interface Check {
  readonly name: string
  readonly verdict: Verdict
  readonly detail: string
}

const badness: Readonly<Record<Verdict, number>> = {pass: 0, unknown: 1, fail: 2}

/** The worst of several verdicts: fail over unknown over pass; pass for none. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>((a, b) => (badness[b] > badness[a] ? b : a), 'pass')
}
