// The stored run -> the report. Invariant: pure and deterministic: the same record, events and operations, in any order
// of operations, give the same report.
// Not here: how anything is measured (a file each), how a report is shown (src/report).
import type {Op} from '../model/history.ts'
import {schemaVersion, type Report, type RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {natureOf, type Expectation} from '../model/scenario.ts'
import {worst, type Check, type Verdict} from '../model/verdict.ts'
import {aboutSubject} from './alone-on-shard.ts'
import {assumptionCheckers} from './assumptions.ts'
import {longestStallMs} from './availability.ts'
import {checkNames, isAssumption} from './check-table.ts'
import {claimCheckers, type Measures} from './claims.ts'
import {countTransfers, countWrites} from './counts.ts'
import {factsOf, type Facts} from './facts.ts'
import {hostFacts} from './host.ts'
import {withoutTheEnd} from './interruption.ts'
import {marksOf} from './marks.ts'
import {judgeObjectives, objectiveCheckers} from './objectives.ts'
import type {OpTable} from './op-table.ts'
import {readCounter} from './reads.ts'
import {recoveryClaims} from './recovery-claims.ts'
import {refusalClaims} from './refusal.ts'
import {roleSpans} from './roles.ts'
import {measurePointInTime, measureRpo} from './rpo.ts'
import {measureRto} from './rto.ts'
import {runChecks} from './run-checks.ts'
import {shardClaims} from './shard-claims.ts'
import {measureShards} from './shards.ts'
import {measureSplitBrain} from './split-brain.ts'
import {timelineOf} from './timeline.ts'
import {warningsOf} from './warnings.ts'

/** Samples that come once a second stay in events.ndjson; the report has them as charts and maxima. */
const samples: ReadonlySet<RunEvent['kind']> = new Set(['cluster.observed', 'load.window', 'host.sampled'])

/** Judges a stored run. `files` names the files of the run folder; it is passed through. */
export function judge(
  record: RunRecord,
  events: readonly RunEvent[],
  ops: readonly Op[] | OpTable,
  files: Readonly<Record<string, string>>,
): Report {
  const facts = factsOf(record, events, ops)
  const roles = roleSpans(events, endMs(facts))
  const measures = measure(facts, roles)
  const checks = checksOf(measures)
  const verdict = verdictOf(checks)
  const host = hostFacts(record, events)
  const shards = measureShards(facts)
  return {
    schemaVersion,
    run: record.run,
    command: record.scenario.kind === 'recovery' ? 'drill' : 'failover',
    scenario: record.scenario.name,
    summary: record.scenario.summary,
    nature: natureOf(record.scenario),
    controlHeld: controlHeld(record.scenario.expect, verdict, checks),
    seed: record.seed,
    startedAt: record.startedAt,
    through: record.through,
    ...(record.directTo === undefined ? {} : {directTo: record.directTo}),
    ...(record.asked === undefined ? {} : {asked: record.asked}),
    ...(record.origin === undefined ? {} : {origin: record.origin}),
    ...(record.shard === undefined ? {} : {shard: record.shard}),
    ...(shards === null ? {} : {shards}),
    verdict,
    rto: measures.rto,
    rpo: measures.rpo,
    pointInTime: measures.pointInTime,
    restore: record.recovery?.restore ?? null,
    refusal: record.recovery?.refusal ?? null,
    phases: facts.recovery?.phases ?? [],
    marks: facts.recovery === null ? [] : marksOf(facts),
    writes: countWrites(facts),
    transfers: countTransfers(facts),
    readsPrimary: measures.readsPrimary,
    readsStandby: measures.readsStandby,
    splitBrain: measures.splitBrain,
    longestStallMs: Math.round(longestStallMs(facts.served, facts.moments.disturbedMs)),
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
  const splitBrain = measureSplitBrain(facts.pinned, roles, aboutSubject(facts.firstLoad, facts.record))
  const measured = {
    facts,
    rto: measureRto(facts),
    rpo: measureRpo(facts, splitBrain),
    pointInTime: measurePointInTime(facts),
  }
  const countReads = readCounter(facts)
  return {
    ...measured,
    readsPrimary: countReads(facts.readsPrimary),
    readsStandby: countReads(facts.readsStandby),
    splitBrain,
    objectives: judgeObjectives(measured),
  }
}

/** Ours first, then what verification found, as it said it. Of a refusal all that counts is whether it was refused. */
function checksOf(measures: Measures): readonly Check[] {
  const {facts} = measures
  const ours =
    facts.record.scenario.expect.kind === 'refusal'
      ? runChecks(refusalClaims, facts)
      : [
          ...runChecks(assumptionCheckers, facts),
          ...runChecks([...claimCheckers, ...shardClaims, ...recoveryClaims, ...objectiveCheckers], measures),
        ]
  const all = [...withoutTheEnd(inTableOrder(ours), facts.events), ...(facts.record.recovery?.verification ?? [])]
  const {notJudged = []} = facts.record
  return all.filter(({name}) => !notJudged.includes(name))
}

function inTableOrder(checks: readonly Check[]): readonly Check[] {
  return checkNames.flatMap(name => checks.filter(check => check.name === name))
}

function endMs({ops, events}: Facts): number {
  return Math.max(ops.at(-1)?.completedMs ?? 0, events.at(-1)?.atMs ?? 0)
}

/**
 * Assumptions come first: where one does not hold the verdict is unknown, whatever the claims say (the checks still
 * show it). Then the worst claim.
 */
export function verdictOf(checks: readonly Check[]): Verdict {
  const doubtful = checks.some(check => isAssumption(check.name) && check.verdict !== 'pass')
  return doubtful ? 'unknown' : worst(checks.map(check => check.verdict))
}

/**
 * A refusal holds when all that is owed is there. A control holds when the run was judged at all and exactly the checks
 * that must fail did, no fewer and no others. null of what must recover.
 */
export function controlHeld(expect: Expectation, verdict: Verdict, checks: readonly Check[]): boolean | null {
  switch (expect.kind) {
    case 'recovery':
      return null
    case 'refusal':
      return verdict === 'pass'
    case 'failing-checks': {
      const failed = new Set(checks.filter(check => check.verdict === 'fail').map(check => check.name))
      const wanted = new Set(expect.checks)
      return verdict === 'fail' && failed.size === wanted.size && [...wanted].every(name => failed.has(name))
    }
    default:
      return expect satisfies never
  }
}
