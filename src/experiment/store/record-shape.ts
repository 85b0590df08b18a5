// What record.json holds: every field that the judge or a report relies on, with the values that it may have. PURE.
// Invariant: what fits here can be judged and shown without a crash. Not here: events and operations (event-shape.ts,
// parse-record.ts), records of the version before (upgrade-run.ts).
import {accessPaths, objectiveNames, plants, recoveryTargets} from '../../model/scenario.ts'
import {archiveModes} from '../../model/backup.ts'
import {moveStops} from '../../model/shard-move.ts'
import {
  amount,
  anyFields,
  count,
  flag,
  isFields,
  limit,
  list,
  nullable,
  object,
  oneOf,
  optional,
  tagged,
  text,
  within,
  type Shape,
} from './shape.ts'

const target: Shape = object({select: text, name: optional(text)})
const fault: Shape = object({
  kind: oneOf(
    'kill-container',
    'stop-container',
    'pause-container',
    'kill-postgres',
    'kill-patroni',
    'partition',
    'promote-standby',
  ),
  target,
  from: optional(list(oneOf('members', 'dcs', 'clients'))),
})
const disaster: Shape = object({
  kind: oneOf(
    'drop-table',
    'update-without-where',
    'lose-primary-volume',
    'corrupt-page',
    'lose-cluster',
    'lose-shard',
  ),
})
const bare: Shape = object({})

const step: Shape = tagged('kind', {
  'hold': object({forMs: limit, as: oneOf('baseline', 'fault', 'aftermath')}),
  'inject': object({id: text, fault}),
  'heal': object({id: text}),
  'await': object({until: oneOf('writable', 'new-primary', 'healthy', 'dual-writable'), withinMs: limit}),
  'switchover': object({to: optional(target)}),
  'backup': object({backup: oneOf('full', 'incremental')}),
  'backup-during-failover': bare,
  'delayed-copy': object({delayMs: limit}),
  'barrier': bare,
  'disaster': object({disaster}),
  'sabotage': object({sabotage: object({kind: text})}),
  'restore': object({
    target: oneOf(...recoveryTargets),
    into: oneOf('new-lab', 'in-place', 'running-lab'),
  }),
  'recover-table': object({from: oneOf('archive', 'delayed-copy')}),
  'rebuild': bare,
  'plant': object({what: oneOf(...plants)}),
  'begin-commit': object({at: oneOf('prepared', 'decided')}),
  'kill-client': bare,
  'resolve-in-doubt': bare,
  'move': tagged('do', {
    'begin': object({
      move: tagged('what', {
        groups: object({groups: list(amount), to: text}),
        rebalance: object({weights: anyFields}),
        add: object({shard: text}),
        drain: object({shard: text}),
        isolate: object({group: amount, shard: text}),
      }),
      stopBefore: optional(oneOf(...moveStops)),
    }),
    'go-on': object({stopBefore: optional(oneOf(...moveStops))}),
    'second': bare,
    'finish': bare,
    'abort': bare,
    'rollback': bare,
  }),
  'stale-client': object({do: oneOf('freeze', 'wake')}),
})

const expectation: Shape = tagged('kind', {
  'recovery': bare,
  'refusal': object({code: text, saying: optional(text)}),
  'failing-checks': object({checks: list(text)}),
})

const settings: Readonly<Record<string, Shape>> = {
  synchronousMode: oneOf('off', 'on', 'strict', 'quorum'),
  ttlS: limit,
  loopWaitS: limit,
  retryTimeoutS: limit,
  failsafeMode: flag,
  maximumLagOnFailoverBytes: limit,
  parameters: anyFields,
}
const partOf = (shapes: Readonly<Record<string, Shape>>): Shape =>
  object(Object.fromEntries(Object.entries(shapes).map(([field, shape]) => [field, optional(shape)])))

const rate = within(0, 1_000_000)
const rates: Readonly<Record<string, Shape>> = {
  writesPerSecond: rate,
  transfersPerSecond: rate,
  primaryReadsPerSecond: rate,
  standbyReadsPerSecond: rate,
  pinnedWritesPerSecond: rate,
  deadlineMs: limit,
}
const load: Shape = object({...rates, scatterReadsPerSecond: optional(rate), hotUserShare: optional(within(0, 1))})

const objectives: Shape = partOf(Object.fromEntries(objectiveNames.map(name => [name, limit])))
const clusters: Shape = (value, path) =>
  Array.isArray(value) && value.length === 0
    ? `${path} is empty`
    : list(object({name: text, settings: partOf(settings), archive: oneOf(...archiveModes)}))(value, path)

const scenario: Shape = object({
  name: text,
  kind: oneOf('failover', 'recovery'),
  summary: text,
  rationale: text,
  expect: expectation,
  failover: oneOf('required', 'forbidden', 'allowed'),
  sharded: optional(object({nodes: count})),
  clusters,
  load: partOf(rates),
  steps: list(step),
  objectives,
})

const perNode: Shape = list(object({node: text, rows: count, hash: text}))
const ids: Shape = list(count)
const shardFinal: Shape = object({
  shard: text,
  groupsOwned: ids,
  tables: list(object({table: text, rows: count, misplaced: count})),
  prepared: list(text),
  givenIds: ids,
  takenIds: ids,
  perNode,
})
const finalState: Shape = object({
  readable: flag,
  primary: nullable(text),
  timeline: nullable(count),
  ledgerIds: ids,
  transferIds: ids,
  pinnedIds: ids,
  accountsTotal: nullable(amount),
  accountsTotalExpected: nullable(amount),
  perNode,
  switchPoints: list(object({timeline: count, lsn: text})),
  shards: optional(list(shardFinal)),
})

const recovery: Shape = object({
  restore: nullable(
    object({
      target: text,
      why: text,
      chain: list(object({id: text, kind: text})),
      copiedBytes: amount,
      replayedBytes: amount,
      endLsn: text,
      timeline: count,
      predictedMs: nullable(amount),
      halves: optional(count),
    }),
  ),
  refusal: nullable(object({code: text, message: text, next: list(text)})),
  verification: list(object({name: text, verdict: oneOf('pass', 'fail', 'unknown'), detail: text})),
  finalAfter: nullable(finalState),
})

const moment: Shape = object({primary: nullable(text), timeline: nullable(count)})
const origin: Shape = object({note: optional(text), commit: optional(text), author: optional(text)})
const asked: Shape = (value, path) => {
  if (!isFields(value)) return `${path} is wrong or missing`
  const fits = Object.values(value).every(
    one => typeof one === 'string' || (Array.isArray(one) && one.every(each => typeof each === 'string')),
  )
  return fits ? null : `${path} is wrong or missing`
}
const digest: Shape = object({lines: count, sha256: text})

/** record.json, as this version writes it; its schemaVersion is looked at before. */
export const recordShape: Shape = object({
  run: text,
  scenario,
  seed: amount,
  trial: count,
  startedAt: text,
  through: oneOf(...accessPaths, 'service'),
  directTo: optional(text),
  asked: optional(asked),
  origin: optional(origin),
  shard: optional(text),
  otherShards: optional(list(object({name: text, before: nullable(moment), after: nullable(moment)}))),
  notJudged: optional(list(text)),
  config: object({
    settings: object(settings),
    load,
    versions: anyFields,
    patroni: anyFields,
    dataChecksums: nullable(flag),
    fsync: nullable(flag),
  }),
  host: object({cpus: amount, memoryMb: amount, os: text, docker: text}),
  final: nullable(finalState),
  recovery: nullable(recovery),
  stored: optional(object({events: digest, history: digest})),
})
