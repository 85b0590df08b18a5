// What a scenario owes in which hl must refuse: the code and the words, and that nothing came of it. Invariant: a
// refusal for another reason is a fail, and a run that came to no answer says nothing; each claim has a record that it
// rejects.
// Not here: why hl refuses (src/backup).
import {acknowledged} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import {isWayBack} from '../model/scenario.ts'
import type {CheckName} from './check-table.ts'
import {eventsOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {failedSteps} from './failed-steps.ts'
import {startedSteps} from './moments.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'

/** All that counts of such a run. */
export const refusalClaims: readonly Checker<Facts>[] = [
  ['refused', refused],
  ['nothing-restored', nothingRestored],
  ['nothing-changed', nothingChanged],
]

function refused(facts: Facts): Finding {
  const {record} = facts
  const {expect} = record.scenario
  if (expect.kind !== 'refusal') return null
  const {code, saying = ''} = expect
  const refusal = record.recovery?.refusal ?? null
  const wanted = `${code}${saying === '' ? '' : ` that says /${saying}/`} was wanted`
  if (refusal === null && !answered(facts))
    return {verdict: 'unknown', detail: `no restore came to an answer, ${wanted}`}
  if (refusal === null) return {verdict: 'fail', detail: `the restore was not refused, ${wanted}`}
  return finding(
    refusal.code === code && new RegExp(saying).test(refusal.message),
    'fail',
    `refused with ${refusal.code}, ${wanted}: ${refusal.message}`,
  )
}

/** Did a way back end, and nothing of ours fail: not Docker, the host, or somebody with Ctrl-C? */
function answered({record, events}: Facts): boolean {
  const ended = [...eventsOf(events, 'step.done'), ...eventsOf(events, 'step.failed')]
  return (
    ended.some(({step}) => isWayBack(record.scenario.steps[step] ?? null)) &&
    failedSteps({record, events}).byUs === null &&
    eventsOf(events, 'run.interrupted').length === 0
  )
}

function nothingRestored({record, events, writes}: Facts): Finding {
  const {restore = null, finalAfter = null} = record.recovery ?? {}
  if (restore !== null || finalAfter !== null || writes.some(op => op.cluster === restoredCluster && acknowledged(op)))
    return {verdict: 'fail', detail: 'a cluster was restored'}
  const tried = startedSteps(record.scenario, events).some(({step}) => isWayBack(step))
  return finding(tried, 'unknown', tried ? 'no cluster was restored' : 'no restore was tried')
}

/** Verification says it itself; where it does not, nobody looked. */
function nothingChanged({record}: Facts): Finding {
  const name: CheckName = 'nothing-changed'
  return (record.recovery?.verification ?? []).some(check => check.name === name)
    ? null
    : {verdict: 'unknown', detail: 'nobody looked whether anything changed'}
}
