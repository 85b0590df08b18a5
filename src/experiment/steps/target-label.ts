// Who a step hits, for people. PURE.
import type {Target} from '../../model/scenario.ts'
import {resolveTarget} from '../resolve-target.ts'
import type {Planning} from './step-kind.ts'

/** Names as they are now; they are resolved again when the step is due, since roles move. */
export function targetLabel(target: Target, {state}: Planning): string {
  if (state === null) return target.select === 'named' ? target.name : `the ${target.select} of the new lab`
  const names = resolveTarget(target, state).join(', ')
  return target.select === 'named' ? names : `${names} (${target.select})`
}
