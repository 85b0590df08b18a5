// What is claimed of a restore. Invariant: fail means that the restore broke a promise, unknown that nobody can tell;
// each claim has a history that it rejects.
// Not here: what must hold before (assumptions.ts), what a refusal owes (refusal.ts), how things are counted (a file
// each).
import type {DrillReport} from '../../model/drill.ts'
import {acknowledged} from '../../model/history.ts'
import {formatMs} from '../../model/time.ts'
import {eventsOf} from '../events-of.ts'
import {failoverFinding} from '../failover.ts'
import {accountsAddUp, finalReadable, none, sameRows, unreadable} from '../final-claims.ts'
import {finding, type Checker, type Finding} from '../run-checks.ts'
import {drillCheckTable, type DrillCheckName} from './check-table.ts'
import type {DrillFacts} from './drill-facts.ts'
import {drillObjectiveCheckers} from './drill-objectives.ts'
import {failedWayBack, isRewind, targetOf} from './drill-steps.ts'

export interface DrillMeasures extends Pick<DrillReport, 'rto' | 'rpo' | 'rewind' | 'objectives'> {
  readonly facts: DrillFacts
}

export const drillClaims: readonly Checker<DrillMeasures, DrillCheckName>[] = [
  ['final-readable', ({facts}) => finalReadable(facts.ledger)],
  ['recovered', recovered],
  ['way-back-ended', wayBackEnded],
  ['backups-whole', backupsWhole],
  ['no-failed-writes', ofTable(noFailedWrites)],
  ['no-failover', ofTable(({facts}) => failoverFinding(facts, false))],
  ['nothing-fetched', nothingFetched],
  ['backup-used', backupUsed],
  ['restore-verified', restoreVerified],
  ['precision', ofFinal(precision)],
  ['nothing-after', ofFinal(nothingAfter)],
  ['lost-after-restore', ofFinal(lostAfterRestore)],
  ['duplicated-writes', ofFinal(({facts}) => none(facts.ledger, facts.ledger.duplicated, 'applied twice'))],
  ['phantom-writes', ofFinal(({facts}) => none(facts.ledger, facts.ledger.phantom, 'present and never attempted'))],
  [
    'resurrected-writes',
    ofFinal(({facts}) => none(facts.ledger, facts.ledger.resurrected, 'present although they failed')),
  ],
  ['transfers-total', ofFinal(transfersTotal)],
  ['nodes-agree', ofFinal(nodesAgree)],
  ...drillObjectiveCheckers,
]

/** Where there is no final state at all, `final-readable` says so once for all of them. */
function ofFinal(check: (input: DrillMeasures) => Finding): (input: DrillMeasures) => Finding {
  return input => (input.facts.record.final === null ? null : check(input))
}

/** What is promised of a table that is brought back into a cluster that goes on. */
function ofTable(check: (input: DrillMeasures) => Finding): (input: DrillMeasures) => Finding {
  return input => (input.facts.record.drill.steps.some(step => step.kind === 'recover-table') ? check(input) : null)
}

function recovered({facts, rto}: DrillMeasures): Finding {
  const {refusal} = facts.record
  if (rto === null) return {verdict: 'unknown', detail: 'nothing was to recover from'}
  if (rto.ms !== null)
    return {verdict: 'pass', detail: `the first write was acknowledged ${formatMs(rto.ms)} after the disaster`}
  return {
    verdict: 'fail',
    detail:
      refusal === null
        ? 'no write was acknowledged by a restored cluster'
        : `the restore was refused (${refusal.code}): ${refusal.message}`,
  }
}

/**
 * Where nothing recovered, that is said by `recovered`. A failure behind it would only leave the rest unread, and what
 * is unread is no promise kept.
 */
function wayBackEnded({facts, rto}: DrillMeasures): Finding {
  if (rto?.recovered !== true) return null
  const failed = failedWayBack(facts.record.drill, facts.events)
  return finding(
    failed === null,
    'fail',
    failed === null ? 'it came to its end' : `writes had come back, and then: ${failed.label}: ${failed.message}`,
  )
}

/** Verification says it itself; where it does not, nobody looked. */
function backupsWhole({facts}: DrillMeasures): Finding {
  const {drill, verification} = facts.record
  const name: DrillCheckName = 'backups-whole'
  if (
    drill.steps.every(step => step.kind !== 'backup-during-failover') ||
    verification.some(check => check.name === name)
  )
    return null
  return {verdict: 'unknown', detail: 'nobody looked at the backups after the failover'}
}

/** What has no known outcome was an error for the client too. */
function noFailedWrites({facts}: DrillMeasures): Finding {
  const failed = facts.writes.filter(op => !acknowledged(op))
  const [first] = failed
  return finding(
    first === undefined,
    'fail',
    `${failed.length} of ${facts.writes.length} writes were not acknowledged${first === undefined ? '' : `, the first at ${formatMs(first.invokedMs)}: ${first.error?.message ?? first.outcome}`}`,
  )
}

function nothingFetched({facts}: DrillMeasures): Finding {
  const {drill, phases} = facts.record
  if (drill.steps.every(step => step.kind !== 'recover-table' || step.from !== 'delayed-copy')) return null
  const fetched = phases.some(({name}) => name === 'fetch' || name === 'combine')
  return finding(!fetched, 'fail', fetched ? 'a backup was copied' : 'the copy only replayed what it was behind')
}

/** Where nothing recovered, that is said by `recovered`. */
function backupUsed({facts, rto}: DrillMeasures): Finding {
  const {restore} = facts.record
  if (restore === null)
    return rto?.recovered === true && facts.record.drill.steps.every(step => step.kind !== 'repair')
      ? {verdict: 'fail', detail: 'writes came back, and from no backup'}
      : null
  return finding(
    restore.chain.length > 0,
    'fail',
    restore.chain.length > 0
      ? restore.chain.map(({kind, id}) => `${kind} ${id}`).join(', ')
      : 'the restore names no backup',
  )
}

/** A verification that looked at nothing found nothing wrong either. */
function restoreVerified({facts}: DrillMeasures): Finding {
  const {restore, verification} = facts.record
  if (restore === null) return null
  // What is in the table of checks was found of something else: of the lab after a refusal, of the backups.
  const made = verification.filter(({name}) => !(name in drillCheckTable)).length
  return finding(made > 0, 'unknown', `${made} checks were made of the restored cluster`)
}

function precision({facts, rewind}: DrillMeasures): Finding {
  if (!isRewind(facts.record.drill.steps)) return null
  if (rewind === null) return unreadable
  return finding(
    rewind.missing === 0,
    'fail',
    `${rewind.missing} of ${rewind.missing + (facts.counts?.kept ?? 0)} writes acknowledged before the bad statement are missing, ${rewind.beside} were under way beside it`,
  )
}

function nothingAfter({facts, rewind}: DrillMeasures): Finding {
  const {steps} = facts.record.drill
  if (!isRewind(steps) || targetOf(steps) !== 'before-disaster') return null
  if (rewind === null) return unreadable
  return finding(
    rewind.keptAfter === 0,
    'fail',
    `${rewind.keptAfter} writes sent after the bad statement are there, ${rewind.collateral} are not`,
  )
}

function lostAfterRestore({facts}: DrillMeasures): Finding {
  if (facts.counts === null) return unreadable
  const lost = facts.counts['own-lost']
  return finding(
    lost === 0,
    'fail',
    `${lost} of ${lost + facts.counts.own} writes that the restored cluster acknowledged are gone`,
  )
}

function transfersTotal({facts}: DrillMeasures): Finding {
  const wanted = facts.record.config.load.transfersPerSecond > 0 || facts.writes.some(op => op.kind === 'transfer')
  return wanted ? accountsAddUp(facts.record.final) : null
}

/** Members that were seen before the restore say nothing about the restored cluster. */
function nodesAgree({facts}: DrillMeasures): Finding {
  const {record, events} = facts
  const restoredMs = record.firstWriteMs ?? Infinity
  const seen = eventsOf(events, 'cluster.observed').findLast(event => event.atMs >= restoredMs)
  return sameRows(
    record.final?.perNode ?? [],
    (seen?.members ?? []).map(({name}) => name),
  )
}
