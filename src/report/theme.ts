// Colour by meaning, handed in: the same text functions serve a terminal, a pipe and a file. Invariant: a paint adds no
// visible character.
// Not here: escape codes and when to use them (cli/view/theme.ts).
import type {Verdict} from '../model/verdict.ts'

export type Paint = (text: string) => string

/** What a piece of text means; how that looks is the theme's business. */
export interface Theme {
  readonly ok: Paint
  readonly fail: Paint
  readonly warn: Paint
  readonly hint: Paint
  readonly dim: Paint
  readonly strong: Paint
}

const identity: Paint = text => text

/** No colour: for pipes, files and NO_COLOR. */
export const plainTheme: Theme = {
  ok: identity,
  fail: identity,
  warn: identity,
  hint: identity,
  dim: identity,
  strong: identity,
}

/** The paint of a verdict; unknown is a warning, because nobody may read it as a pass. */
export function verdictPaint(theme: Theme, verdict: Verdict): Paint {
  return {pass: theme.ok, fail: theme.fail, unknown: theme.warn}[verdict]
}
