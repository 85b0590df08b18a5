// What is done about a shard that was restored by itself, on the screen. PURE.
import {plural} from '../../src/model/quantity.ts'
import {rangesOf, rangesText} from '../../src/sharding/group-ranges.ts'
import type {ReconcileAnswer} from '../../src/sharding/reconcile-lab.ts'

const groupsText = (groups: readonly number[]): string => (groups.length === 0 ? 'none' : rangesText(rangesOf(groups)))

/** Before it is done, and after. */
export function reconcileScreen({shard, since, keep, release, lost, done}: ReconcileAnswer): string {
  if (done !== null)
    return [
      `${shard} serves again: it owns groups ${groupsText(done.kept)}`,
      `  ${plural(done.rowsRemoved, 'row')} of groups that are elsewhere removed`,
      `  reference tables copied: ${done.references.length === 0 ? 'none' : done.references.join(', ')}`,
    ].join('\n')
  return [
    `${shard} was restored, and is in quarantine since ${since}`,
    `  keeps     groups ${groupsText(keep)}`,
    `  lets go   groups ${groupsText(release)}, whose rows are another shard's by now`,
    `  lost      ${lost.halves === 0 ? 'nothing' : `its part of ${plural(lost.halves, 'transaction')}, or another shard has`}`,
  ].join('\n')
}
