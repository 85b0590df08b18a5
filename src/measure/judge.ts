// The stored run -> the report. Invariant: pure and deterministic: the same record, events and operations, in any order
// of operations, give the same report.
// Not here: how anything is measured (a file each), how a report is shown (src/report).
import type {Op} from '../model/history.ts'
import {schemaVersion, type Report, type RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {worst, type Check, type Verdict} from '../model/verdict.ts'
import {assumptionCheckers} from './assumptions.ts'
import {longestStallMs} from './availability.ts'
import {isAssumption} from './check-table.ts'
import {claimCheckers, type Measures} from './claims.ts'
import {countTransfers, countWrites} from './counts.ts'
import {factsOf, isWriteError, type Facts} from './facts.ts'
import {hostFacts} from './host.ts'
import {judgeObjectives} from './objectives.ts'
import {countReads} from './reads.ts'
import {roleSpans} from './roles.ts'
import {measureRpo} from './rpo.ts'
import {measureRto} from './rto.ts'
import {runChecks} from './run-checks.ts'
import {measureSplitBrain} from './split-brain.ts'
import {timelineOf} from './timeline.ts'
import {warningsOf} from './warnings.ts'

/** Samples that come once a second stay in events.ndjson; the report has them as charts and maxima. */
export const samples: ReadonlySet<RunEvent['kind']> = new Set(['cluster.observed', 'load.window', 'host.sampled'])

/** Judges a stored run. `files` names the files of the run folder; it is passed through. */
export function judge(
  record: RunRecord,
  events: readonly RunEvent[],
  ops: readonly Op[],
  files: Readonly<Record<string, string>>,
): Report {
  const facts = factsOf(record, events, ops)
  const roles = roleSpans(events, endMs(facts))
  const measures = measure(facts, roles)
  const checks = [...runChecks(assumptionCheckers, facts), ...runChecks(claimCheckers, measures)]
  const verdict = verdictOf(checks)
  const host = hostFacts(record, events)
  return {
    schemaVersion,
    run: record.run,
    command: 'failover',
    scenario: record.scenario.name,
    summary: record.scenario.summary,
    nature: record.scenario.nature,
    controlHeld: controlHeld(record.scenario, verdict, checks),
    seed: record.seed,
    startedAt: record.startedAt,
    through: record.through,
    ...(record.directTo === undefined ? {} : {directTo: record.directTo}),
    verdict,
    rto: measures.rto,
    rpo: measures.rpo,
    writes: countWrites(facts),
    transfers: countTransfers(facts),
    readsPrimary: measures.readsPrimary,
    readsStandby: measures.readsStandby,
    splitBrain: measures.splitBrain,
    longestStallMs: Math.round(longestStallMs(facts.writes, facts.moments.disturbedMs)),
    checks,
    objectives: measures.objectives,
    warnings: warningsOf(measures, host),
    timeline: timelineOf(facts),
    roles,
    events: events.filter(event => !samples.has(event.kind)),
    config: record.config,
    host,
    files,
    trials: null,
  }
}

function measure(facts: Facts, roles: Report['roles']): Measures {
  const rto = measureRto(facts)
  const {objectives} = facts.record.scenario
  return {
    facts,
    rto,
    rpo: measureRpo(facts),
    readsPrimary: countReads(facts.readsPrimary, facts),
    readsStandby: countReads(facts.readsStandby, facts),
    splitBrain: measureSplitBrain(facts.pinned, roles),
    objectives: judgeObjectives(objectives, {
      rto,
      lostWrites: facts.ledger.readable ? facts.ledger.lost.length : null,
      writeErrors: facts.writes.filter(isWriteError).length,
      longestStallMs: Math.round(longestStallMs(facts.writes, facts.moments.disturbedMs)),
    }),
  }
}

function endMs({ops, events}: Facts): number {
  return Math.max(ops.at(-1)?.completedMs ?? 0, events.at(-1)?.atMs ?? 0)
}

/**
 * Assumptions come first: where one does not hold the verdict is unknown, whatever the claims say (the checks still
 * show it). Then the worst claim.
 */
export function verdictOf(checks: readonly Check[], assumes: (name: string) => boolean = isAssumption): Verdict {
  const doubtful = checks.some(check => assumes(check.name) && check.verdict !== 'pass')
  return doubtful ? 'unknown' : worst(checks.map(check => check.verdict))
}

/**
 * Controls only: held when the run was judged at all and exactly the checks that must fail did, no fewer and no others.
 */
export function controlHeld(
  scenario: {readonly nature: string; readonly mustFail?: readonly string[]},
  verdict: Verdict,
  checks: readonly Check[],
): boolean | null {
  if (scenario.nature !== 'control') return null
  const failed = new Set(checks.filter(check => check.verdict === 'fail').map(check => check.name))
  const wanted = new Set(scenario.mustFail ?? [])
  return verdict === 'fail' && failed.size === wanted.size && [...wanted].every(name => failed.has(name))
}
