// What is claimed of the cluster. Invariant: fail means that the cluster broke a promise, unknown that nobody can tell;
// each claim has a history that it rejects.
// Not here: what must hold before (assumptions.ts), how things are counted (a file each).
import {formatMs} from '../model/time.ts'
import type {ObjectiveResult, ReadCounts, Rpo, Rto, SplitBrain} from '../model/report.ts'
import {eventsOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {failedSteps} from './failed-steps.ts'
import {failoverFinding} from './failover.ts'
import {accountsAddUp, finalReadable, none, sameRows, unreadable} from './final-claims.ts'
import {startedSteps} from './moments.ts'
import {objectiveCheckers} from './objectives.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'

export interface Measures {
  readonly facts: Facts
  readonly rto: Rto | null
  readonly rpo: Rpo
  readonly readsPrimary: ReadCounts
  readonly readsStandby: ReadCounts
  readonly splitBrain: SplitBrain
  readonly objectives: readonly ObjectiveResult[]
}

export const claimCheckers: readonly Checker<Measures>[] = [
  ['final-readable', ({facts}) => finalReadable(facts.ledger)],
  ['recovered', recovered],
  ['conditions-met', conditionsMet],
  ['failover-happened', failoverHappened],
  ['no-failover', noFailover],
  ['lost-writes', lostWrites],
  ['duplicated-writes', ({facts}) => none(facts.ledger, facts.ledger.duplicated, 'applied twice')],
  ['phantom-writes', ({facts}) => none(facts.ledger, facts.ledger.phantom, 'present and never attempted')],
  ['resurrected-writes', ({facts}) => none(facts.ledger, facts.ledger.resurrected, 'present although they failed')],
  ['transfers-total', transfersTotal],
  ['split-brain', splitBrain],
  [
    'reads-primary-fresh',
    input =>
      primaryReads(
        input,
        'stale',
        reads => `stale: up to ${formatMs(reads.staleMsMax)}, ${reads.staleVersionsMax} versions`,
      ),
  ],
  ['reads-primary-monotonic', input => primaryReads(input, 'nonMonotonic', () => 'saw less than an earlier one')],
  ['read-your-writes', input => primaryReads(input, 'readYourWrites', () => "missed the session's own write")],
  ['reads-standby', standbyReads],
  ['nodes-agree', nodesAgree],
  ...objectiveCheckers,
]

function recovered({facts, rto}: Measures): Finding {
  if (rto === null)
    return finding(
      facts.writes.length > 0,
      'unknown',
      facts.writes.length > 0 ? 'writes never stopped' : 'nothing was written',
    )
  return finding(
    rto.recovered,
    'fail',
    rto.recovered
      ? `writes came back, ${rto.outages.length} outages in all`
      : 'writes never came back before the load ended',
  )
}

function conditionsMet({facts}: Measures): Finding {
  const owed = startedSteps(facts.record.scenario, facts.events).filter(
    ({step}) => step.kind === 'await' || step.kind === 'switchover',
  )
  if (owed.length === 0) return null
  const {byCluster, byUs} = failedSteps(facts)
  if (byCluster !== null) return {verdict: 'fail', detail: `${byCluster.label}: ${byCluster.message}`}
  const unasked = byUs !== null && owed.some(({index}) => index === byUs.step)
  return finding(
    !unasked,
    'unknown',
    unasked ? `${byUs.label}: ${byUs.message}` : `${owed.length} conditions came about in time`,
  )
}

function failoverHappened({facts}: Measures): Finding {
  return facts.record.scenario.failover === 'required' ? failoverFinding(facts, true) : null
}

function noFailover({facts}: Measures): Finding {
  return facts.record.scenario.failover === 'forbidden' ? failoverFinding(facts, false) : null
}

function lostWrites({facts, rpo, splitBrain: found}: Measures): Finding {
  const {ledger, record} = facts
  if (!ledger.readable) return unreadable
  const limit = record.scenario.objectives.lostWritesMax ?? 0
  // A pinned writer is a client too: what its node acknowledged was promised, whether or not the router still went
  // there. Where two nodes acknowledged at the same time one side has to lose its own, and that is the finding of
  // split-brain.
  const pinned = found.pairs.length > 0 ? 0 : ledger.lostPinned.length
  return finding(
    ledger.lost.length + pinned <= limit,
    'fail',
    `${ledger.lost.length} acknowledged writes of clients and ${ledger.lostPinned.length} of pinned writers lost (at most ${limit} allowed), ${rpo.atRisk} were at risk`,
  )
}

function transfersTotal({facts}: Measures): Finding {
  const wanted = facts.record.config.load.transfersPerSecond > 0 || facts.writes.some(op => op.kind === 'transfer')
  return wanted ? accountsAddUp(facts.record.final) : null
}

/**
 * Only what was acknowledged by both sides is a broken promise; the lesser findings are in the detail and among the
 * warnings.
 */
function splitBrain({facts, splitBrain: found}: Measures): Finding {
  const wanted = facts.record.config.load.pinnedWritesPerSecond > 0 || facts.pinned.length > 0
  if (!wanted) return null
  if (!facts.pinned.some(op => op.timeline !== null))
    return {verdict: 'unknown', detail: 'no pinned write told its timeline'}
  const pairs = found.pairs
    .map(({a, b, acknowledged}) => `${a} and ${b} acknowledged ${acknowledged} meanwhile`)
    .join('; ')
  const spans = `two primaries reported for ${formatMs(found.reportedMs)}, writable for ${formatMs(found.writableMs)}, acknowledging for ${formatMs(found.acknowledgedMs)}`
  return finding(found.pairs.length === 0, 'fail', pairs === '' ? spans : `${spans}: ${pairs}`)
}

function primaryReads(
  {facts, readsPrimary}: Measures,
  field: 'stale' | 'nonMonotonic' | 'readYourWrites',
  what: (reads: ReadCounts) => string,
): Finding {
  if (facts.record.config.load.primaryReadsPerSecond === 0 && readsPrimary.attempted === 0) return null
  if (readsPrimary.ok === 0) return {verdict: 'unknown', detail: 'no read on the primary was answered'}
  if (!facts.ledger.readable) return unreadable
  const count = readsPrimary[field]
  return finding(
    count === 0,
    'fail',
    count === 0 ? `none of ${readsPrimary.ok} reads` : `${count} of ${readsPrimary.ok} reads ${what(readsPrimary)}`,
  )
}

function standbyReads({facts, readsStandby: reads}: Measures): Finding {
  if (facts.record.config.load.standbyReadsPerSecond === 0 && reads.attempted === 0) return null
  if (reads.ok === 0) return {verdict: 'unknown', detail: 'no read on a standby was answered'}
  return {
    verdict: 'pass',
    detail: `of ${reads.ok} reads ${reads.stale} stale (up to ${formatMs(reads.staleMsMax)}, ${reads.staleVersionsMax} versions), ${reads.nonMonotonic} non-monotonic, ${reads.readYourWrites} missed an own write; standbys promise no freshness`,
  }
}

function nodesAgree({facts}: Measures): Finding {
  const members = eventsOf(facts.events, 'cluster.observed').at(-1)?.members ?? []
  return sameRows(
    facts.record.final?.perNode ?? [],
    members.map(({name}) => name),
  )
}
