// Runs checkers. Invariant: a checker that crashes yields an unknown check and stops nothing else. Not here: what is
// checked.
import type {Check, Verdict} from '../model/verdict.ts'
import type {CheckName} from './check-table.ts'

/** A checker's finding; null when it does not apply to this run. */
export type Finding = {readonly verdict: Verdict; readonly detail: string} | null
/** A checker and the check that it answers, by a name of the table that it belongs to. */
export type Checker<Input, Name extends string = CheckName> = readonly [Name, (input: Input) => Finding]

export function runChecks<Input>(checkers: readonly Checker<Input, string>[], input: Input): readonly Check[] {
  return checkers.flatMap(([name, check]) => {
    const finding = guarded(check, input)
    return finding === null ? [] : [{name, ...finding}]
  })
}

function guarded<Input>(check: (input: Input) => Finding, input: Input): Finding {
  try {
    return check(input)
  } catch (error) {
    return {
      verdict: 'unknown',
      detail: `the checker crashed: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** pass when `holds`, else the given verdict. */
export function finding(holds: boolean, otherwise: 'fail' | 'unknown', detail: string): Finding {
  return {verdict: holds ? 'pass' : otherwise, detail}
}
