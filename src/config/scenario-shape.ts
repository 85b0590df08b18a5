// Readers of a scenario that somebody else wrote: the vocabulary of src/model/scenario.ts, with bounds. PURE.
// Invariant: a reader throws ShapeError and nothing else. Not here: whether the steps make sense together
// (check-scenario.ts, recovery-complaints.ts).
import {archiveModes} from '../model/backup.ts'
import type {
  ClusterSpec,
  Disaster,
  Expectation,
  FaultSpec,
  LoadSpec,
  Objectives,
  Sabotage,
  Scenario,
  Step,
  Target,
} from '../model/scenario.ts'
import {plants, recoveryTargets} from '../model/scenario.ts'
import {looksLikeSecret} from '../model/secret-words.ts'
import {moveStops, type MoveStep, type ShardMove} from '../model/shard-move.ts'
import type {ClusterSettings} from '../model/topology.ts'
import {boolean, list, matching, number, object, oneOf, record, tagged, wrong} from './parse-shape.ts'
import type {Reader} from './parse-shape.ts'

/** Nothing in a lab takes longer than half an hour and is still worth waiting for. */
const waitMsMax = 1_800_000
/** A copy may follow a day behind. */
const delayMsMax = 86_400_000
const text = matching(/\S/, 'a text')
const word = matching(/^[a-z][a-z0-9-]*$/, 'a word of lower-case letters, digits and dashes')
/** The source of a regular expression that does not match everything. */
const expression: Reader<string> = (value, path) => {
  const source = text(value, path)
  try {
    if (!new RegExp(source).test('')) return source
  } catch {
    throw wrong(path, 'must be the source of a regular expression')
  }
  throw wrong(path, 'matches the empty text, so it would match every message')
}
const waitMs = number(1, waitMsMax)
const limit = number(0, Number.MAX_SAFE_INTEGER)

const named = object({select: oneOf('named'), name: word}, {})
const selected = <const W extends string>(select: W): Reader<{readonly select: W}> =>
  object({select: oneOf(select)}, {})
const target: Reader<Target> = tagged('select', {
  'primary': selected('primary'),
  'sync-standby': selected('sync-standby'),
  'standby': selected('standby'),
  'standbys': selected('standbys'),
  'members': selected('members'),
  'dcs-leader': selected('dcs-leader'),
  'dcs-majority': selected('dcs-majority'),
  'dcs-all': selected('dcs-all'),
  named,
})

const hitting = <const K extends string>(kind: K): Reader<{readonly kind: K; readonly target: Target}> =>
  object({kind: oneOf(kind), target}, {})
const fault: Reader<FaultSpec> = tagged('kind', {
  'kill-container': hitting('kill-container'),
  'stop-container': hitting('stop-container'),
  'pause-container': hitting('pause-container'),
  'kill-postgres': hitting('kill-postgres'),
  'kill-patroni': hitting('kill-patroni'),
  'partition': object(
    {
      kind: oneOf('partition'),
      target,
      from: list(oneOf('members', 'dcs', 'clients')),
      direction: oneOf('both', 'in', 'out'),
    },
    {},
  ),
  'promote-standby': hitting('promote-standby'),
})

const bare = <const K extends string>(kind: K): Reader<{readonly kind: K}> => object({kind: oneOf(kind)}, {})
const disaster: Reader<Disaster> = tagged('kind', {
  'drop-table': bare('drop-table'),
  'update-without-where': bare('update-without-where'),
  'lose-primary-volume': bare('lose-primary-volume'),
  'corrupt-page': bare('corrupt-page'),
  'lose-cluster': bare('lose-cluster'),
  'lose-shard': bare('lose-shard'),
})
const sabotage: Reader<Sabotage> = tagged('kind', {
  'one-late': bare('one-late'),
  'one-early': bare('one-early'),
  'segment-missing': object({kind: oneOf('segment-missing'), when: oneOf('before-plan', 'after-plan')}, {}),
  'byte-flipped': bare('byte-flipped'),
})

const group = number(0, 63)
const shardMove: Reader<ShardMove> = tagged('what', {
  groups: object({what: oneOf('groups'), groups: list(group), to: word}, {}),
  rebalance: object({what: oneOf('rebalance'), weights: record(number(0, 1_000))}, {}),
  add: object({what: oneOf('add'), shard: word}, {}),
  drain: object({what: oneOf('drain'), shard: word}, {}),
  isolate: object({what: oneOf('isolate'), group, shard: word}, {}),
})
const stopBefore = oneOf(...moveStops)
const ended = <const D extends string>(how: D) => object({kind: oneOf('move'), do: oneOf(how)}, {})
const moveStep: Reader<MoveStep> = tagged('do', {
  'begin': object({kind: oneOf('move'), do: oneOf('begin'), move: shardMove}, {stopBefore}),
  'go-on': object({kind: oneOf('move'), do: oneOf('go-on')}, {stopBefore}),
  'second': ended('second'),
  'finish': ended('finish'),
  'abort': ended('abort'),
  'rollback': ended('rollback'),
})

const step: Reader<Step> = tagged('kind', {
  'hold': object({kind: oneOf('hold'), forMs: waitMs, as: oneOf('baseline', 'fault', 'aftermath')}, {}),
  'inject': object({kind: oneOf('inject'), id: word, fault}, {}),
  'heal': object({kind: oneOf('heal'), id: word}, {}),
  'await': object(
    {kind: oneOf('await'), until: oneOf('writable', 'new-primary', 'healthy', 'dual-writable'), withinMs: waitMs},
    {},
  ),
  'switchover': object({kind: oneOf('switchover')}, {to: target}),
  'backup': object({kind: oneOf('backup'), backup: oneOf('full', 'incremental')}, {}),
  'backup-during-failover': bare('backup-during-failover'),
  'delayed-copy': object({kind: oneOf('delayed-copy'), delayMs: number(1, delayMsMax)}, {}),
  'barrier': bare('barrier'),
  'disaster': object({kind: oneOf('disaster'), disaster}, {}),
  'sabotage': object({kind: oneOf('sabotage'), sabotage}, {}),
  'restore': object(
    {
      kind: oneOf('restore'),
      target: oneOf(...recoveryTargets),
      into: oneOf('new-lab', 'in-place', 'running-lab'),
    },
    {},
  ),
  'recover-table': object({kind: oneOf('recover-table'), from: oneOf('archive', 'delayed-copy')}, {}),
  'rebuild': bare('rebuild'),
  'begin-commit': object({kind: oneOf('begin-commit'), at: oneOf('prepared', 'decided')}, {}),
  'kill-client': bare('kill-client'),
  'resolve-in-doubt': bare('resolve-in-doubt'),
  'plant': object({kind: oneOf('plant'), what: oneOf(...plants)}, {}),
  'move': moveStep,
  'stale-client': object({kind: oneOf('stale-client'), do: oneOf('freeze', 'wake')}, {}),
})

const parameter: Reader<string | number | boolean> = (value, path) => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw wrong(path, 'must be a text, a number, or true or false')
}
const parameters: Reader<ClusterSettings['parameters']> = (value, path) => {
  const read = record(parameter)(value, path)
  const secret = Object.entries(read).find(([name, one]) => looksLikeSecret(name, String(one)))?.[0]
  if (secret === undefined) return read
  throw wrong(`${path}.${secret}`, 'must not hold a secret: parameters are shown and stored')
}
const settings: Reader<Partial<ClusterSettings>> = object(
  {},
  {
    synchronousMode: oneOf('off', 'on', 'strict', 'quorum'),
    ttlS: number(20, 3_600),
    loopWaitS: number(1, 3_600),
    retryTimeoutS: number(3, 3_600),
    failsafeMode: boolean,
    maximumLagOnFailoverBytes: limit,
    parameters,
  },
)
const rate = number(0, 5_000)
const load: Reader<Partial<LoadSpec>> = object(
  {},
  {
    writesPerSecond: number(1, 5_000),
    transfersPerSecond: rate,
    primaryReadsPerSecond: rate,
    standbyReadsPerSecond: rate,
    pinnedWritesPerSecond: rate,
    scatterReadsPerSecond: rate,
    hotUserShare: number(0, 1),
    deadlineMs: number(100, 60_000),
  },
)
const objectives: Reader<Objectives> = object(
  {},
  {rtoMsMax: limit, lostWritesMax: limit, collateralMax: limit, writeErrorsMax: limit, longestStallMsMax: limit},
)

const clusterSpec: Reader<ClusterSpec> = object({name: word, settings, archive: oneOf(...archiveModes)}, {})
const clusters: Reader<Scenario['clusters']> = (value, path) => {
  const [first, ...others] = list(clusterSpec)(value, path)
  if (first === undefined) throw wrong(path, 'must hold the cluster that the load writes to')
  return [first, ...others]
}

const expectation: Reader<Expectation> = tagged('kind', {
  'recovery': bare('recovery'),
  'refusal': object(
    {kind: oneOf('refusal'), code: matching(/^[A-Z][A-Z_]*$/, 'a code, as in runbooks/errors')},
    {saying: expression},
  ),
  'failing-checks': object({kind: oneOf('failing-checks'), checks: list(word)}, {}),
})

/** Every field of a scenario, and no other; what the steps mean together is not looked at. */
export const readScenario: Reader<Scenario> = object(
  {
    name: word,
    kind: oneOf('failover', 'recovery'),
    summary: text,
    rationale: text,
    expect: expectation,
    failover: oneOf('required', 'forbidden', 'allowed'),
    clusters,
    load,
    steps: list(step),
    objectives,
  },
  {sharded: object({nodes: number(1, 3)}, {})},
)
