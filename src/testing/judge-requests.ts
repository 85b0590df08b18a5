// PURE: what a service's requests went through, judged by the rules of a scenario's run (src/measure): the steps of the
// test are its steps, the requests its writes, what `verify` found its final state. Invariant: what nobody looked at is
// not claimed, so no check of it is there and no figure of it is 0. Not here: a report's forms (measured-report.ts).
import {judge, verdictOf} from '../measure/judge.ts'
import {acknowledged, type FinalState, type Op} from '../model/history.ts'
import {schemaVersion, type EffectiveConfig, type Report, type RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Objectives, Scenario, Step} from '../model/scenario.ts'

/** What came of `verify`. */
export type Verified =
  | {readonly kind: 'not-asked'}
  /** `ids` with repeats, as it told them. */
  | {readonly kind: 'found'; readonly ids: readonly string[]}
  | {readonly kind: 'failed'; readonly why: string}

export interface Measured {
  readonly name: string
  readonly run: string
  readonly startedAt: string
  readonly steps: readonly Step[]
  readonly objectives: Objectives
  readonly config: EffectiveConfig
  readonly host: RunRecord['host']
  readonly events: readonly RunEvent[]
  readonly ops: readonly Op[]
  readonly idOf: (number: number) => string
  readonly verified: Verified
}

/** Each node's rows are not compared: a service is asked for what it serves. */
const notLookedAt: ReadonlySet<string> = new Set(['nodes-agree'])
const ofRows: ReadonlySet<string> = new Set([
  'final-readable',
  'lost-writes',
  'duplicated-writes',
  'phantom-writes',
  'resurrected-writes',
])

export function judgeRequests(measured: Measured): Report {
  const {events, ops, verified} = measured
  const report = judge(recordOf(measured), events, withServer(ops, events), {})
  const checks = report.checks.filter(
    ({name}) => !notLookedAt.has(name) && !(verified.kind === 'not-asked' && ofRows.has(name)),
  )
  return {...report, checks, verdict: verdictOf(checks)}
}

function recordOf({run, startedAt, config, host, verified, idOf, ops, ...measured}: Measured): RunRecord {
  return {
    schemaVersion,
    run,
    scenario: scenarioOf(measured),
    seed: 0,
    trial: 1,
    startedAt,
    through: 'service',
    config,
    host,
    final: verified.kind === 'found' ? finalOf(verified.ids, ops, idOf) : null,
    recovery: null,
  }
}

function scenarioOf({name, steps, objectives}: Pick<Measured, 'name' | 'steps' | 'objectives'>): Scenario {
  return {
    name,
    kind: 'failover',
    summary: 'requests of a service while a test breaks what is behind it',
    rationale: 'the test says it',
    expect: {kind: 'recovery'},
    failover: 'allowed',
    clusters: [{name: 'hl', settings: {}, archive: 'none'}],
    load: {},
    steps,
    objectives,
  }
}

/** What was found, by the numbers of the requests; what is no request's is not this test's business. */
function finalOf(ids: readonly string[], ops: readonly Op[], idOf: Measured['idOf']): FinalState {
  const numbers = new Map(ops.map(({id}) => [idOf(id), id]))
  return {
    readable: true,
    primary: 'the service',
    timeline: 0,
    ledgerIds: ids.flatMap(id => numbers.get(id) ?? []),
    transferIds: [],
    pinnedIds: [],
    accountsTotal: null,
    accountsTotalExpected: null,
    perNode: [],
    switchPoints: [],
  }
}

/**
 * Why what `verify` told cannot be what it was asked for; null: it can. All is lost, or it tells other ids than those
 * that requests have, and nobody can say which.
 */
export function contradiction(found: readonly string[], asked: readonly string[]): string | null {
  const known = new Set(asked)
  if (found.length === 0 || asked.length === 0 || found.some(id => known.has(id))) return null
  return (
    `verify found ${found.length} ids, as ${JSON.stringify(found[0])}, and none of the ${asked.length} that were ` +
    `asked for, as ${JSON.stringify(asked[0])}: are these the same ids?`
  )
}

/** A service does not say which node served it: it was the one that called itself primary, where there was one. */
function withServer(ops: readonly Op[], events: readonly RunEvent[]): readonly Op[] {
  const spans = primarySpans(events)
  return ops.map(op => {
    if (!acknowledged(op)) return op
    const at = spans.findLast(({fromMs}) => fromMs <= op.completedMs)
    return {...op, node: at?.node ?? null}
  })
}

/** Who called itself primary from when on; null: nobody, or more than one. */
function primarySpans(events: readonly RunEvent[]): readonly {readonly fromMs: number; readonly node: string | null}[] {
  const now = new Set<string>()
  return events.flatMap(event => {
    if (event.kind !== 'role.changed') return []
    if (event.to === 'primary') now.add(event.node)
    else now.delete(event.node)
    const [node = null] = now.size === 1 ? now : []
    return [{fromMs: event.atMs, node}]
  })
}
