// Runs checkers. Invariant: a checker that crashes yields an unknown check and stops nothing else. Not here: what is
// checked.
import {messageOf} from '../model/errors.ts'
import type {Check, Verdict} from '../model/verdict.ts'
import type {CheckName} from './check-table.ts'

/** A checker's finding; null when it does not apply to this run. */
export type Finding = {readonly verdict: Verdict; readonly detail: string} | null
/** A checker and the name of the check that it answers. */
export type Checker<Input> = readonly [CheckName, (input: Input) => Finding]

export function runChecks<Input>(checkers: readonly Checker<Input>[], input: Input): readonly Check[] {
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
      detail: `the checker crashed: ${messageOf(error)}`,
    }
  }
}

/** pass when `holds`, else the given verdict. */
export function finding(holds: boolean, otherwise: 'fail' | 'unknown', detail: string): Finding {
  return {verdict: holds ? 'pass' : otherwise, detail}
}
