// What is claimed of a recovery beside what every run owes. Invariant: fail means that the recovery broke a promise,
// unknown that nobody can tell; each claim has a history that it rejects.
// Not here: what a refusal owes (refusal.ts), how writes are classed (classify-writes.ts).
import {acknowledged} from '../model/history.ts'
import {comesBackWhole, isPointInTime, isWayBack, stepOf} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {formatCount, plural} from '../model/quantity.ts'
import {checkTable, type CheckName} from './check-table.ts'
import type {Measures} from './claims.ts'
import {where} from './columns.ts'
import {eventsOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {failedSteps} from './failed-steps.ts'
import {unreadable} from './final-claims.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'
import {countOf} from './sequence.ts'

export const recoveryClaims: readonly Checker<Measures>[] = [
  ['way-back-ended', wayBackEnded],
  ['backups-whole', backupsWhole],
  ['no-failed-writes', noFailedWrites],
  ['nothing-fetched', nothingFetched],
  ['backup-used', backupUsed],
  ['restore-verified', restoreVerified],
  ['precision', precision],
  ['nothing-after', nothingAfter],
  ['at-barrier', atBarrier],
  ['lost-after-restore', lostAfterRestore],
]

const stepsOf = ({record}: Facts): Facts['record']['scenario']['steps'] => record.scenario.steps

/**
 * Where nothing recovered, that is said by `recovered`. A failure behind it would only leave the rest unread, and what
 * is unread is no promise kept.
 */
function wayBackEnded({facts, rto}: Measures): Finding {
  const steps = stepsOf(facts)
  if (!steps.some(isWayBack) || rto?.recovered !== true) return null
  const {wayBack: failed} = failedSteps(facts)
  if (failed !== null)
    return {verdict: 'fail', detail: `writes had come back, and then: ${failed.label}: ${failed.message}`}
  const ended = eventsOf(facts.events, 'step.done').some(({step}) => isWayBack(steps[step] ?? null))
  return finding(ended, 'unknown', ended ? 'it came to its end' : 'its end was not seen')
}

/** Verification says it itself; where it does not, nobody looked. */
function backupsWhole({facts}: Measures): Finding {
  const verified = facts.record.recovery?.verification ?? []
  const name: CheckName = 'backups-whole'
  if (stepOf(stepsOf(facts), 'backup-during-failover') === null || verified.some(check => check.name === name))
    return null
  return {verdict: 'unknown', detail: 'nobody looked at the backups after the failover'}
}

/** What has no known outcome was an error for the client too. */
function noFailedWrites({facts}: Measures): Finding {
  if (stepOf(stepsOf(facts), 'recover-table') === null) return null
  const {firstLoad} = facts
  if (firstLoad.length === 0) return {verdict: 'unknown', detail: 'nothing was written'}
  const failed = where(firstLoad, op => !acknowledged(op))
  const first = failed.at(0)
  return finding(
    first === undefined,
    'fail',
    `${formatCount(failed.length)} of ${plural(firstLoad.length, 'write was', 'writes were')} not ` +
      `acknowledged${first === undefined ? '' : `, the first at ${formatMs(first.invokedMs)}: ${first.error?.message ?? first.outcome}`}`,
  )
}

function nothingFetched({facts}: Measures): Finding {
  if (stepOf(stepsOf(facts), 'recover-table')?.from !== 'delayed-copy') return null
  const phases = facts.recovery?.phases ?? []
  if (phases.length === 0) return {verdict: 'unknown', detail: 'no phase of the recovery was told'}
  const fetched = phases.some(({name}) => name === 'fetch' || name === 'combine')
  return finding(!fetched, 'fail', fetched ? 'a backup was copied' : 'the copy only replayed what it was behind')
}

/** Where nothing recovered, that is said by `recovered`. A node is rebuilt from the others and from no backup. */
function backupUsed({facts, rto}: Measures): Finding {
  const steps = stepsOf(facts)
  if (stepOf(steps, 'restore') === null && stepOf(steps, 'recover-table') === null) return null
  const restore = facts.record.recovery?.restore ?? null
  if (restore === null)
    return rto?.recovered === true ? {verdict: 'fail', detail: 'writes came back, and from no backup'} : null
  return finding(
    restore.chain.length > 0,
    'fail',
    restore.chain.length > 0
      ? restore.chain.map(({kind, id}) => `${kind} ${id}`).join(', ')
      : 'the restore names no backup',
  )
}

/** A verification that looked at nothing found nothing wrong either. */
function restoreVerified({facts}: Measures): Finding {
  const {restore = null, verification = []} = facts.record.recovery ?? {}
  if (restore === null) return null
  // What is in the table of checks was found of something else: of the lab after a refusal, of the backups.
  const made = verification.filter(({name}) => !(name in checkTable)).length
  return finding(made > 0, 'unknown', `${plural(made, 'check was', 'checks were')} made of the restored cluster`)
}

function precision({facts, pointInTime}: Measures): Finding {
  if (!isPointInTime(stepsOf(facts))) return null
  if (pointInTime === null) return unreadable
  const {missing, beside} = pointInTime
  const owed = missing + (facts.acknowledged?.counts.kept ?? 0)
  if (owed === 0) return {verdict: 'unknown', detail: 'no write was acknowledged before the bad statement'}
  return finding(
    missing === 0,
    'fail',
    `${formatCount(missing)} of ${plural(owed, 'write')} acknowledged before the bad statement missing, ` +
      `${formatCount(beside)} under way beside it`,
  )
}

function nothingAfter({facts, pointInTime}: Measures): Finding {
  const steps = stepsOf(facts)
  if (!isPointInTime(steps) || stepOf(steps, 'restore')?.target !== 'before-disaster') return null
  if (pointInTime === null) return unreadable
  const {keptAfter, collateral} = pointInTime
  if (keptAfter + collateral === 0)
    return {verdict: 'unknown', detail: 'no write was acknowledged after the bad statement'}
  return finding(
    keptAfter === 0,
    'fail',
    `of the writes sent after the bad statement ${formatCount(keptAfter)} there, ${formatCount(collateral)} not`,
  )
}

function atBarrier({facts}: Measures): Finding {
  const restore = stepOf(stepsOf(facts), 'restore')
  if (restore === null || stepOf(stepsOf(facts), 'barrier') === null) return null
  const {moments, ledger, firstLoad} = facts
  const {barrier} = moments
  if (barrier === null) return {verdict: 'unknown', detail: 'no barrier was seen to come about'}
  if (!ledger.readable) return unreadable
  const before = firstLoad.filter(op => acknowledged(op) && op.completedMs < barrier.fromMs)
  const after = firstLoad.filter(op => op.invokedMs > barrier.toMs)
  const missing = countOf(before, op => !ledger.survived(op.id))
  const there = countOf(after, op => ledger.survived(op.id))
  const detail =
    `of ${plural(before.length, 'write')} acknowledged before the barrier ${formatCount(missing)} missing, of ` +
    `${formatCount(after.length)} sent after it ${formatCount(there)} there`
  // Elsewhere it is the least that the archive has.
  const ends = restore.target === 'barrier'
  if (missing > 0 || (ends && there > 0)) return {verdict: 'fail', detail}
  return finding(before.length > 0 && (!ends || after.some(acknowledged)), 'unknown', detail)
}

function lostAfterRestore({facts}: Measures): Finding {
  if (!comesBackWhole(stepsOf(facts))) return null
  const {acknowledged: classed, ownLedger} = facts
  if (classed === null) return unreadable
  const lost = classed.counts['own-lost']
  const all = lost + classed.counts.own
  if (all === 0) return {verdict: 'unknown', detail: 'the restored cluster acknowledged no write'}
  if (!ownLedger.readable)
    return {verdict: 'unknown', detail: `what became of ${plural(all, 'write')} of its own was not read`}
  return finding(
    lost === 0,
    'fail',
    `${formatCount(lost)} gone of ${plural(all, 'write')} that the restored cluster acknowledged`,
  )
}
