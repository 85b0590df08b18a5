// The stored drill -> its report. Invariant: pure and deterministic: the same record, events and operations, in any
// order of operations, give the same report.
// Not here: how anything is measured (a file each), how a report is shown (src/report/drill).
import type {DrillRecord, DrillReport} from '../../model/drill.ts'
import {acknowledged, type Op} from '../../model/history.ts'
import type {RunEvent} from '../../model/run-event.ts'
import type {Check, Verdict} from '../../model/verdict.ts'
import {hostFacts} from '../host.ts'
import {controlHeld, samples, verdictOf} from '../judge.ts'
import {runChecks} from '../run-checks.ts'
import {timelineOf} from '../timeline.ts'
import {drillAssumptions} from './assumptions.ts'
import {isDrillAssumption} from './check-table.ts'
import {drillClaims, type DrillMeasures} from './claims.ts'
import {drillFactsOf, type DrillFacts} from './drill-facts.ts'
import {measureDrillRpo, measureRewind} from './drill-loss.ts'
import {drillMarks} from './drill-marks.ts'
import {judgeDrillObjectives} from './drill-objectives.ts'
import {measureDrillRto} from './drill-rto.ts'
import {drillWarnings} from './drill-warnings.ts'
import {refusalClaims} from './refusal.ts'

export interface StoredDrill {
  readonly record: DrillRecord
  readonly events: readonly RunEvent[]
  readonly ops: readonly Op[]
  /** Names of the files of the run folder; passed through. */
  readonly files?: Readonly<Record<string, string>>
}

/** Judges a stored drill. */
export function judgeDrill({record, events, ops, files = {}}: StoredDrill): DrillReport {
  const facts = drillFactsOf(record, events, ops)
  const measures = measure(facts)
  const checks = checksOf(measures)
  const verdict = verdictOf(checks, isDrillAssumption)
  const host = hostFacts(record, events)
  const {drill} = record
  return {
    schemaVersion: 1,
    run: record.run,
    command: 'drill',
    scenario: drill.name,
    summary: drill.summary,
    nature: drill.nature,
    controlHeld: held(record, verdict, checks),
    seed: record.seed,
    startedAt: record.startedAt,
    verdict,
    rto: measures.rto,
    rpo: measures.rpo,
    rewind: measures.rewind,
    writes: countDrillWrites(facts),
    restore: record.restore,
    refusal: record.refusal,
    checks,
    objectives: measures.objectives,
    warnings: drillWarnings(measures, host),
    phases: record.phases,
    marks: drillMarks(facts),
    timeline: timelineOf(facts),
    events: events.filter(event => !samples.has(event.kind)),
    config: record.config,
    host,
    files,
  }
}

function measure(facts: DrillFacts): DrillMeasures {
  const rto = measureDrillRto(facts.record)
  const rpo = measureDrillRpo(facts)
  const rewind = measureRewind(facts)
  return {
    facts,
    rto,
    rpo,
    rewind,
    objectives:
      facts.record.drill.nature === 'refusal'
        ? []
        : judgeDrillObjectives(facts.record.drill.objectives, {rto, rpo, rewind}),
  }
}

/** Ours first, then what verification found, as it said it. */
function checksOf(measures: DrillMeasures): readonly Check[] {
  const {facts} = measures
  const {drill, verification} = facts.record
  const ours =
    drill.nature === 'refusal'
      ? runChecks(refusalClaims, facts.record)
      : [...runChecks(drillAssumptions, facts), ...runChecks(drillClaims, measures)]
  return [...ours, ...verification]
}

/** A refusal holds when all that is owed is there; a control when exactly the checks that must fail did. */
function held({drill}: DrillRecord, verdict: Verdict, checks: readonly Check[]): boolean | null {
  return drill.nature === 'refusal' ? verdict === 'pass' : controlHeld(drill, verdict, checks)
}

/** `lost`: acknowledged, owed and gone; what a rewind is meant to take is not among it. */
function countDrillWrites({writes, ledger, counts}: DrillFacts): DrillReport['writes'] {
  return {
    attempted: writes.length,
    acknowledged: writes.filter(acknowledged).length,
    failed: writes.filter(op => op.outcome === 'failed').length,
    unknown: ledger.unknown,
    lost: counts === null ? 0 : counts.lost + counts.missing + counts['own-lost'],
    duplicated: ledger.duplicated.length,
    phantom: ledger.phantom.length,
  }
}
