// PURE: what a service's requests went through, judged by the rules of a scenario's run (src/measure): the steps of the
// test are its steps, the requests its writes, what `verify` found its final state. Invariant: what nobody looked at is
// not claimed, so no check of it is there and no figure of it is 0; the record that is judged says so, and can be
// stored and judged again. Not here: a report's forms (measured-report.ts).
import type {CheckName} from '../measure/check-table.ts'
import {judge} from '../measure/judge.ts'
import {acknowledged, type FinalState, type Op} from '../model/history.ts'
import {schemaVersion, type EffectiveConfig, type OtherShard, type Report, type RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {ClusterSpec, Objectives, Scenario, Step} from '../model/scenario.ts'

/** What came of `verify`. */
export type Verified =
  | {readonly kind: 'not-asked'}
  /** `ids` with repeats, as it told them. */
  | {readonly kind: 'found'; readonly ids: readonly string[]}
  | {readonly kind: 'failed'; readonly why: string}

/** A lab of shards, each of which has requests of its own. */
export interface MeasuredShards {
  /** The one that was broken. */
  readonly about: string
  /** More than that one was: the others owe nothing. */
  readonly several: boolean
  /** Of all but that one. */
  readonly others: readonly OtherShard[]
}

export interface Measured {
  readonly name: string
  readonly run: string
  /** null: a lab of one cluster. */
  readonly shards: MeasuredShards | null
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

/** A service is asked for what it serves: nobody compares the rows of nodes, or those of shards with the map. */
const notLookedAt: readonly CheckName[] = [
  'nodes-agree',
  'rows-on-owner',
  'transactions-whole',
  'nothing-prepared',
  'hot-group-named',
]
const ofRows: readonly CheckName[] = [
  'final-readable',
  'lost-writes',
  'duplicated-writes',
  'phantom-writes',
  'resurrected-writes',
]
const ofOthers: readonly CheckName[] = ['others-kept-serving', 'other-shards-untouched']

/** A run as it is stored: what is judged follows from it alone. */
export interface JudgedRun {
  readonly record: RunRecord
  readonly events: readonly RunEvent[]
  readonly ops: readonly Op[]
}

export function judgedRun(measured: Measured): JudgedRun {
  const {events, ops} = measured
  return {record: recordOf(measured), events, ops: withServer(ops, measured)}
}

/** `files`: where it is stored. */
export function judgeRun({record, events, ops}: JudgedRun, files: Report['files'] = {}): Report {
  return judge(record, events, ops, files)
}

function recordOf({run, startedAt, config, host, verified, idOf, ops, shards, ...measured}: Measured): RunRecord {
  const notJudged = [
    ...notLookedAt,
    ...(verified.kind === 'not-asked' ? ofRows : []),
    ...(shards?.several === true ? ofOthers : []),
  ]
  return {
    schemaVersion,
    run,
    scenario: scenarioOf({...measured, shards}),
    seed: 0,
    trial: 1,
    startedAt,
    through: 'service',
    ...(shards === null ? {} : {shard: shards.about, otherShards: shards.others}),
    notJudged,
    config,
    host,
    final: verified.kind === 'found' ? finalOf(verified.ids, ops, idOf) : null,
    recovery: null,
  }
}

function scenarioOf({name, steps, objectives, shards}: Pick<Measured, 'name' | 'steps' | 'objectives' | 'shards'>) {
  const specOf = (cluster: string): ClusterSpec => ({name: cluster, settings: {}, archive: 'none'})
  const ofShards = shards === null ? {} : {sharded: {nodes: 1}}
  const scenario: Scenario = {
    name,
    kind: 'failover',
    summary: 'requests of a service while a test breaks what is behind it',
    rationale: 'the test says it',
    expect: {kind: 'recovery'},
    failover: 'allowed',
    ...ofShards,
    clusters: [specOf(shards?.about ?? 'hl'), ...(shards?.others ?? []).map(other => specOf(other.name))],
    load: {},
    steps,
    objectives,
  }
  return scenario
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

/**
 * A service does not say which node served it: it was the one that called itself primary, where there was one. Other
 * shards than the one that the report is about have primaries of their own.
 */
function withServer(ops: readonly Op[], {events, shards}: Pick<Measured, 'events' | 'shards'>): readonly Op[] {
  const spans = primarySpans(events)
  return ops.map(op => {
    const isElsewhere = shards !== null && !(op.shards?.length === 1 && op.shards[0] === shards.about)
    if (!acknowledged(op) || isElsewhere) return op
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
