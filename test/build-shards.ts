// Builds runs of a load over two shards, of which s2 is hit, for tests of src/measure and of what reads its reports.
// Invariant: what is not said is healthy. Not here: runs of one cluster (build-history.ts), any judgement.
import {acknowledged, type FinalState, type Op, type Outcome, type ShardFinal} from '../src/model/history.ts'
import type {Scenario} from '../src/model/scenario.ts'
import type {RunEvent} from '../src/model/run-event.ts'
import {defaultLoad} from '../src/model/scenario.ts'
import {restoredCluster} from '../src/model/recovery-record.ts'
import {recoveryRun, restoreFacts} from './build-drill.ts'
import {crashEvents, finalOf, quietScenario, recordOf, type Run} from './build-history.ts'

export const shardedScenario: Scenario = {
  ...quietScenario,
  name: 'sharded',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: {pinnedWritesPerSecond: 0, standbyReadsPerSecond: 0, scatterReadsPerSecond: 4},
}

export const shardCrashScenario: Scenario = {
  ...shardedScenario,
  steps: [
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'heal', id: 'crash'},
  ],
}

type OpOf<K extends Op['kind']> = Extract<Op, {kind: K}>

/** Operations each 100 ms for 30 s: an order on s1, one on s2, a transfer; a count over both each second. */
export function shardOps(outcomeOf: (shards: readonly string[], atMs: number) => Outcome = () => 'ok'): readonly Op[] {
  const ops: Op[] = []
  const base = (atMs: number, shards: readonly string[]) => {
    const outcome = outcomeOf(shards, atMs)
    const error = outcome === 'ok' ? null : {code: null, message: outcome}
    const times = {dueMs: atMs, invokedMs: atMs, completedMs: atMs + 5}
    const timeline = shards.includes('s2') ? 2 : 1
    return {id: ops.length + 1, ...times, outcome, node: null, timeline, error, shards}
  }
  for (let nth = 0; nth < 300; nth++) {
    const atMs = nth * 100
    for (const [index, shard] of ['s1', 's2'].entries())
      ops.push({...base(atMs, [shard]), kind: 'append', session: index, version: nth + 1, groups: [index * 40]})
    ops.push({...base(atMs, ['s1', 's2']), kind: 'transfer', from: 1, to: 2, amount: 1, groups: [0, 40]})
    if (nth % 10 === 0) {
      const seen = ops.filter(op => op.kind === 'append' && acknowledged(op)).length
      const read = base(atMs + 10, ['s1', 's2'])
      ops.push({
        ...read,
        kind: 'scatter-read',
        partial: nth % 20 === 0,
        missing: [],
        seen: read.outcome === 'ok' ? seen : null,
      })
    }
  }
  return ops
}

/** What both shards hold when nothing went wrong. */
export function shardFinals(ops: readonly Op[]): readonly [ShardFinal, ShardFinal] {
  const transfers = ops.filter(op => op.kind === 'transfer' && acknowledged(op)).map(op => op.id)
  const shard = (name: string, from: number): ShardFinal => ({
    shard: name,
    groupsOwned: Array.from({length: 32}, (_none, index) => from + index),
    tables: [{table: 'orders', rows: 900, misplaced: 0}],
    prepared: [],
    givenIds: name === 's1' ? transfers : [],
    takenIds: name === 's2' ? transfers : [],
    perNode: [1, 2].map(node => ({node: `${name}-pg${node}`, rows: 900, hash: name})),
  })
  return [shard('s1', 0), shard('s2', 32)]
}

interface ShardedChanges {
  readonly scenario?: Scenario
  readonly ops?: readonly Op[]
  readonly final?: Partial<FinalState>
  readonly s2?: Partial<ShardFinal>
  readonly hotUserShare?: number
}

const membersOfSecond: RunEvent = {
  kind: 'cluster.observed',
  atMs: 0,
  leaseOwner: 's2-pg1',
  leaseExpiresInMs: 20_000,
  members: [
    {name: 's2-pg1', role: 'primary', lagBytes: null},
    {name: 's2-pg2', role: 'standby', lagBytes: 0},
  ],
}

export function shardedRun({
  scenario = shardedScenario,
  ops = shardOps(),
  final,
  s2,
  hotUserShare,
}: ShardedChanges = {}): Run {
  const [first, second] = shardFinals(ops)
  const load = {...defaultLoad, ...scenario.load, ...(hotUserShare === undefined ? {} : {hotUserShare})}
  const shards = [first, {...second, ...s2}]
  const record = recordOf(finalOf(ops, {perNode: second.perNode, shards, ...final}), scenario, {load})
  const moment = {primary: 's1-pg1', timeline: 1}
  return {
    record: {...record, shard: 's2', otherShards: [{name: 's1', before: moment, after: moment}]},
    events: scenario.steps.length === 0 ? [membersOfSecond] : crashEvents,
    ops,
  }
}

/** Every count over the shards, changed. */
export const scattered = (change: (op: OpOf<'scatter-read'>) => Partial<OpOf<'scatter-read'>>): readonly Op[] =>
  shardOps().map(op => (op.kind === 'scatter-read' ? {...op, ...change(op)} : op))

/** A barrier between 5,000 and 20,000 ms, and then s2 is lost. */
export const shardLostScenario: Scenario = {
  ...shardedScenario,
  kind: 'recovery',
  clusters: [
    {name: 's2', settings: {}, archive: 'command'},
    {name: 's1', settings: {}, archive: 'command'},
  ],
  steps: [
    {kind: 'backup', backup: 'full'},
    {kind: 'barrier'},
    {kind: 'disaster', disaster: {kind: 'lose-shard'}},
    {kind: 'restore', target: 'latest', into: 'in-place'},
    {kind: 'hold', forMs: 3_000, as: 'aftermath'},
  ],
}

interface ShardLost {
  /** Until when the archive has what was acknowledged. */
  readonly endMs?: number
  /** Of the transfers that s2 has no half of. */
  readonly told?: number
  readonly final?: Partial<FinalState>
  readonly s1?: (shard: ShardFinal) => Partial<ShardFinal>
}

const lostAtMs = 20_000
/** What s2 acknowledged after `endMs` is gone, and its half of each transfer too; both serve again from 32 s on. */
export function shardLostRun({endMs = 12_000, told, final, s1}: ShardLost = {}): Run {
  const first = shardOps().filter(op => op.completedMs < lostAtMs)
  const own = shardOps()
    .filter(op => op.completedMs < 3_000)
    .map(op => {
      const later = {dueMs: op.dueMs + 32_000, invokedMs: op.invokedMs + 32_000, completedMs: op.completedMs + 32_000}
      return {...op, ...later, cluster: restoredCluster}
    })
  const isKept = (op: Op): boolean => op.completedMs < endMs || op.shards?.includes('s2') !== true
  const [one, two] = shardFinals(first)
  const ended = new Set(first.filter(op => op.kind === 'transfer' && op.completedMs < endMs).map(({id}) => id))
  const shards = [
    {...one, ...s1?.(one)},
    {...two, takenIds: two.takenIds.filter(id => ended.has(id))},
  ]
  const halves = one.givenIds.length - ended.size
  const base = finalOf(first)
  const ledgerIds = first.filter(op => op.kind === 'append' && isKept(op)).map(({id}) => id)
  const total = (base.accountsTotalExpected ?? 0) - halves
  const run = recoveryRun(
    shardLostScenario,
    [...first, ...own],
    {...base, ledgerIds, accountsTotal: total, perNode: two.perNode, shards, ...final},
    {restore: {...restoreFacts, halves: told ?? halves}, finalAfter: {shards: shardFinals(own)}},
  )
  const moment = {primary: 's1-pg1', timeline: 1}
  return {
    ...run,
    record: {...run.record, shard: 's2', otherShards: [{name: 's1', before: moment, after: moment}]},
  }
}
