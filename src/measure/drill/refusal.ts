// What a drill owes in which hl must refuse: the code and the words, and that nothing came of it. Invariant: a refusal
// for another reason is a fail; each claim has a record that it rejects.
// Not here: why hl refuses (src/backup).
import type {DrillRecord} from '../../model/drill.ts'
import {finding, type Checker, type Finding} from '../run-checks.ts'
import type {DrillCheckName} from './check-table.ts'

export const refusalClaims: readonly Checker<DrillRecord, DrillCheckName>[] = [
  ['refused', refused],
  ['nothing-restored', nothingRestored],
  ['nothing-changed', nothingChanged],
]

function refused({refusal, drill}: DrillRecord): Finding {
  // A drill that was stored before drills named words has none.
  const {refusedWith, refusedSaying = ''} = drill
  const wanted = `${refusedWith ?? 'no code'}${refusedSaying === '' ? '' : ` that says /${refusedSaying}/`} was wanted`
  if (refusal === null) return {verdict: 'fail', detail: `the restore was not refused, ${wanted}`}
  return finding(
    refusal.code === refusedWith && new RegExp(refusedSaying).test(refusal.message),
    'fail',
    `refused with ${refusal.code}, ${wanted}: ${refusal.message}`,
  )
}

function nothingRestored({restore, final, firstWriteMs}: DrillRecord): Finding {
  const restored = restore !== null || final !== null || firstWriteMs !== null
  return finding(!restored, 'fail', restored ? 'a cluster was restored' : 'no cluster was restored')
}

/** Verification says it itself; where it does not, nobody looked. */
function nothingChanged({verification}: DrillRecord): Finding {
  const name: DrillCheckName = 'nothing-changed'
  return verification.some(check => check.name === name)
    ? null
    : {verdict: 'unknown', detail: 'nobody looked whether anything changed'}
}
