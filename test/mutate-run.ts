// Changes of stored runs at random, and what each did to the truth: the oracle of the judge. Invariant: a change says
// itself whether the evidence still shows a truth, and which, or contradicts itself, and that from
// what it changed, not from what src/measure makes of it. Not here: the runs (simulate-run.ts), judging.
import {acknowledged, type FinalState, type Op} from '../src/model/history.ts'
import type {Random} from '../src/model/ports.ts'
import type {RunEvent} from '../src/model/run-event.ts'
import type {Simulated} from './simulate-run.ts'

/** As the three files hold it, before anything is parsed. */
export interface Stored {
  readonly record: unknown
  readonly events: readonly unknown[]
  readonly ops: readonly unknown[]
}

/** What a judge may make of it at best. */
export interface Expected {
  /** Acknowledged writes that are gone, planted beside what the run lost already. */
  readonly lost: number
  /** A check must fail, where anything is said at all. */
  readonly fails: boolean
  /** Nothing may pass or fail: the evidence contradicts itself, or a part is missing. */
  readonly doubtful: boolean
}

export interface Mutation {
  readonly name: string
  readonly apply: (
    stored: Sound,
    random: Random,
    simulated: Simulated,
  ) => {readonly stored: Stored; readonly expected: Expected} | null
}

interface Sound {
  readonly record: Simulated['run']['record']
  readonly events: readonly RunEvent[]
  readonly ops: readonly Op[]
}

const sound: Expected = {lost: 0, fails: false, doubtful: false}
const doubtful: Expected = {lost: 0, fails: false, doubtful: true}

type Change = Mutation['apply']
const isWrite = (op: Op): boolean => op.kind === 'append' || op.kind === 'transfer'
const between = (random: Random, least: number, most: number): number => least + random.next() * (most - least)
const pick = <T>(random: Random, values: readonly T[]): T | undefined =>
  values[Math.floor(random.next() * values.length)]
const final = ({record}: Sound): FinalState => {
  if (record.final === null) throw new Error('a simulated run has a final state')
  return record.final
}
const withFinal = (run: Sound, changes: Partial<Record<keyof FinalState, unknown>>): Stored => ({
  ...run,
  record: {...run.record, final: {...final(run), ...changes}},
})
const renumbered = (ops: readonly Op[], run: Sound): Stored => {
  const ids = new Map(ops.toSorted((a, b) => a.id - b.id).map((op, index) => [op.id, index + 1]))
  const {ledgerIds, transferIds, pinnedIds, perNode} = final(run)
  const mapped = (of: readonly number[]): readonly number[] => of.flatMap(id => ids.get(id) ?? [])
  const kept = mapped(ledgerIds)
  return {
    ...withFinal(run, {
      ledgerIds: kept,
      transferIds: mapped(transferIds),
      pinnedIds: mapped(pinnedIds),
      perNode: perNode.map(node => ({...node, rows: kept.length})),
    }),
    ops: ops.map(op => ({...op, id: ids.get(op.id) ?? 0})),
  }
}
const losing = (run: Sound, gone: ReadonlySet<number>): Stored => {
  const ledgerIds = final(run).ledgerIds.filter(id => !gone.has(id))
  return withFinal(run, {ledgerIds, perNode: final(run).perNode.map(node => ({...node, rows: ledgerIds.length}))})
}
const mapOps = (run: Sound, change: (op: Op) => unknown): Stored => ({...run, ops: run.ops.map(change)})
const mapEvents = (run: Sound, change: (event: RunEvent) => unknown): Stored => ({
  ...run,
  events: run.events.map(change),
})
const refused = {
  outcome: 'failed',
  node: null,
  timeline: null,
  error: {code: 'ECONNREFUSED', message: 'refused'},
} as const
const windowless = (stored: Stored): Stored => ({
  ...stored,
  events: stored.events.filter(event => (event as RunEvent).kind !== 'load.window'),
})

const ofHistory: Readonly<Record<string, Change>> = {
  'lines in another order': (run, random) => {
    const keyed = run.ops.map(op => ({op, key: random.next()}))
    return {stored: {...run, ops: keyed.toSorted((a, b) => a.key - b.key).map(({op}) => op)}, expected: sound}
  },
  'some lines are gone': (run, random) => {
    const share = between(random, 0.001, 0.3)
    const ops = run.ops.filter(() => random.next() > share)
    return ops.length === run.ops.length ? null : {stored: {...run, ops}, expected: doubtful}
  },
  'the end is cut off': (run, random) => ({
    stored: {...run, ops: run.ops.slice(0, Math.floor(run.ops.length * between(random, 0.05, 0.999)))},
    expected: doubtful,
  }),
  'the end is cut off, of the final state and the windows too': (run, random, {moments}) => {
    const cutMs = between(random, moments.startMs + 1_000, moments.endMs - 3_000)
    return {
      stored: windowless(
        renumbered(
          run.ops.filter(op => op.dueMs < cutMs),
          run,
        ),
      ),
      expected: doubtful,
    }
  },
  'a hole, numbers and rows closed over it': (run, random, {moments}) => {
    const fromMs = between(random, moments.startMs, moments.endMs - 4_000)
    const toMs = fromMs + between(random, 2_600, 12_000)
    const ops = run.ops.filter(op => op.dueMs < fromMs || op.dueMs > toMs)
    return {stored: windowless(renumbered(ops, run)), expected: doubtful}
  },
  'later operations are shifted': (run, random, {moments}) => {
    const sinceMs = between(random, moments.startMs + 500, moments.endMs - 2_000)
    const byMs = pick(random, [-10_000, -5_000, 5_000, 12_000]) ?? 5_000
    const moved = (atMs: number): number => Math.max(0, atMs + byMs)
    return {
      stored: mapOps(run, op =>
        op.invokedMs < sinceMs
          ? op
          : {...op, dueMs: moved(op.dueMs), invokedMs: moved(op.invokedMs), completedMs: moved(op.completedMs)},
      ),
      expected: doubtful,
    }
  },
  'operations end before they begin': run => ({
    stored: mapOps(run, op => ({...op, completedMs: op.invokedMs - 1})),
    expected: doubtful,
  }),
  'operations are sent before they are due': run => ({
    stored: mapOps(run, op => ({...op, dueMs: op.invokedMs + 5_000})),
    expected: doubtful,
  }),
  'a line is there twice': (run, random) => ({
    stored: {...run, ops: [...run.ops, pick(random, run.ops)]},
    expected: doubtful,
  }),
  'one operation ends absurdly late': (run, random) => {
    const at = Math.floor(random.next() * run.ops.length)
    return {
      stored: {...run, ops: run.ops.map((op, index) => (index === at ? {...op, completedMs: 1e12} : op))},
      expected: doubtful,
    }
  },
  'one failed write at the very end': run => {
    const last = Math.max(...run.ops.map(op => op.completedMs))
    const id = run.ops.length + 1
    return {
      stored: {
        ...run,
        ops: [
          ...run.ops,
          {
            kind: 'append',
            id,
            dueMs: last,
            invokedMs: last,
            completedMs: last + 5,
            session: 99,
            version: 1,
            ...refused,
          },
        ],
      },
      expected: sound,
    }
  },
  'one failed write just before the fault': (run, random, {moments}) => {
    const hit = pick(
      random,
      run.ops.filter(
        op =>
          op.kind === 'transfer' &&
          acknowledged(op) &&
          op.invokedMs > moments.hitMs - 900 &&
          op.completedMs < moments.hitMs - 100,
      ),
    )
    if (hit === undefined || run.record.scenario.name === 'simulated-quiet') return null
    const stored = mapOps(run, op => (op.id === hit.id ? {...op, ...refused} : op))
    return {
      stored: {
        ...windowless(stored),
        record: {
          ...run.record,
          final: {...final(run), transferIds: final(run).transferIds.filter(id => id !== hit.id)},
        },
      },
      expected: sound,
    }
  },
  'a baseline full of errors': (run, _random, {moments}) => {
    const bad = (op: Op): boolean => isWrite(op) && op.completedMs < moments.hitMs - 100 && op.id % 5 === 0
    if (run.record.scenario.name === 'simulated-quiet') return null
    const gone = new Set(run.ops.filter(bad).map(({id}) => id))
    const stored = losing({...run, ops: run.ops.map(op => (bad(op) ? {...op, ...refused} : op))}, gone)
    return {
      stored: windowless({
        ...stored,
        record: {
          ...run.record,
          final: {
            ...(stored.record as Sound['record']).final,
            transferIds: final(run).transferIds.filter(id => !gone.has(id)),
          },
        },
      }),
      expected: doubtful,
    }
  },
  'acknowledgements of a dead node in the outage': (run, _random, {moments, truth}) => {
    if (truth.outage === null || truth.outage.toMs - truth.outage.fromMs < 4_000) return null
    const middleMs = (moments.hitMs + moments.backMs) / 2
    const dead = (op: Op): boolean => isWrite(op) && op.outcome === 'failed' && Math.abs(op.invokedMs - middleMs) < 750
    const lost = run.ops.filter(dead).length
    if (lost === 0) return null
    return {
      stored: windowless(
        mapOps(run, op => (dead(op) ? {...op, outcome: 'ok', node: 'pg1', timeline: 1, error: null} : op)),
      ),
      expected: {lost, fails: true, doubtful: false},
    }
  },
  'one stray success in the outage, and nothing after it': (run, _random, {moments, truth}) => {
    if (truth.outage === null || truth.outage.toMs - truth.outage.fromMs < 4_000) return null
    const stray = run.ops.find(
      op => op.kind === 'append' && op.outcome === 'failed' && op.invokedMs > (moments.hitMs + moments.backMs) / 2,
    )
    if (stray === undefined) return null
    const ops = run.ops.filter(op => op.id <= stray.id)
    const cut = renumbered(ops, {
      ...run,
      record: {...run.record, final: {...final(run), ledgerIds: [...final(run).ledgerIds, stray.id]}},
    })
    return {
      stored: windowless({
        ...cut,
        ops: cut.ops.map(op =>
          (op as Op).id === stray.id ? {...(op as Op), outcome: 'ok', node: 'pg2', timeline: 2, error: null} : op,
        ),
      }),
      expected: doubtful,
    }
  },
  'reads from the future': (run, random) => ({
    stored: mapOps(run, op =>
      op.kind === 'read-primary' && op.seen !== null && random.next() < 0.2 ? {...op, seen: op.seen + 10_000} : op,
    ),
    expected: doubtful,
  }),
  'a pinned writer is missing': run => ({
    stored: renumbered(
      run.ops.filter(op => op.kind !== 'pinned-write' || op.pinnedTo !== 'pg2'),
      run,
    ),
    expected: doubtful,
  }),
  'pinned writes that tell no timeline': run => ({
    stored: mapOps(run, op => (op.kind === 'pinned-write' && op.pinnedTo === 'pg1' ? {...op, timeline: null} : op)),
    expected: doubtful,
  }),
  'a node went back to a timeline that it had left': (run, _random, {moments}) => ({
    stored: mapOps(run, op =>
      isWrite(op) &&
      acknowledged(op) &&
      op.invokedMs > moments.startMs + 2_000 &&
      op.invokedMs < moments.startMs + 3_000
        ? {...op, timeline: 7}
        : op,
    ),
    expected: doubtful,
  }),
  'a field of the wrong kind': (run, random) => {
    const field = pick(random, ['id', 'invokedMs', 'completedMs', 'outcome', 'timeline', 'kind']) ?? 'id'
    const value = pick(random, ['text', -1, null, [], {}])
    if (field === 'timeline' && value === null) return null
    const at = Math.floor(random.next() * run.ops.length)
    return {
      stored: {...run, ops: run.ops.map((op, index) => (index === at ? {...op, [field]: value} : op))},
      expected: doubtful,
    }
  },
}

const ofEvents: Readonly<Record<string, Change>> = {
  'all are shifted': (run, random) => {
    const byMs = pick(random, [-1_800, 5_000, 9_000]) ?? 5_000
    return {
      stored: mapEvents(run, event => ({
        ...event,
        atMs: Math.max(0, event.atMs + byMs),
        ...('sinceMs' in event ? {sinceMs: event.sinceMs + byMs} : {}),
        ...('fromMs' in event ? {fromMs: event.fromMs + byMs} : {}),
      })),
      expected: doubtful,
    }
  },
  'none are there': run => ({stored: {...run, events: []}, expected: doubtful}),
  'none tells the members': run => ({
    stored: {...run, events: run.events.filter(({kind}) => kind !== 'cluster.observed')},
    expected: doubtful,
  }),
  'commands, effects or heals are gone': (run, random) => {
    const kind = pick(random, ['fault.commanded', 'fault.verified', 'heal.verified', 'step.started'])
    const events = run.events.filter(event => event.kind !== kind)
    return events.length === run.events.length ? null : {stored: {...run, events}, expected: doubtful}
  },
  'a field is missing': (run, random) => {
    const kind = pick(random, ['fault.verified', 'fault.commanded', 'load.window', 'cluster.observed', 'role.changed'])
    const field = {
      'fault.verified': 'sinceMs',
      'fault.commanded': 'targets',
      'load.window': 'ok',
      'cluster.observed': 'members',
      'role.changed': 'to',
    }[kind ?? 'load.window']
    if (!run.events.some(event => event.kind === kind)) return null
    return {
      stored: mapEvents(run, event => (event.kind === kind ? {...event, [field ?? '']: undefined} : event)),
      expected: doubtful,
    }
  },
  'the heal is seen before the fault': run => {
    if (!run.events.some(({kind}) => kind === 'heal.verified')) return null
    const moved = run.events.map(event => (event.kind === 'heal.verified' ? {...event, atMs: 1} : event))
    return {stored: {...run, events: moved.toSorted((a, b) => a.atMs - b.atMs)}, expected: doubtful}
  },
}

const ofFinal: Readonly<Record<string, Change>> = {
  'acknowledged rows are gone': (run, random) => {
    const count = 1 + Math.floor(random.next() * 20)
    const gone = new Set(Array.from({length: count}, () => pick(random, final(run).ledgerIds) ?? 0))
    return {stored: losing(run, gone), expected: {lost: gone.size, fails: true, doubtful: false}}
  },
  'pinned rows are gone': (run, random, {truth}) => {
    if (truth.overlapMs > 0) return null
    const gone = pick(random, final(run).pinnedIds)
    return {
      stored: withFinal(run, {pinnedIds: final(run).pinnedIds.filter(id => id !== gone)}),
      expected: {lost: 1, fails: true, doubtful: false},
    }
  },
  'a row is there twice': (run, random) => {
    const ledgerIds = [...final(run).ledgerIds, pick(random, final(run).ledgerIds)]
    return {
      stored: withFinal(run, {ledgerIds, perNode: final(run).perNode.map(node => ({...node, rows: ledgerIds.length}))}),
      expected: {lost: 0, fails: true, doubtful: false},
    }
  },
  'a row that nobody wrote': run => {
    const ledgerIds = [...final(run).ledgerIds, 77_777_777]
    return {
      stored: withFinal(run, {ledgerIds, perNode: final(run).perNode.map(node => ({...node, rows: ledgerIds.length}))}),
      expected: {lost: 0, fails: true, doubtful: false},
    }
  },
  'ids and rows contradict each other': (run, random) => ({
    stored: withFinal(
      run,
      pick(random, [
        {ledgerIds: []},
        {ledgerIds: final(run).ledgerIds.slice(3)},
        {perNode: final(run).perNode.map(node => ({...node, rows: 0}))},
      ]) ?? {},
    ),
    expected: doubtful,
  }),
  'it was read from another node': (run, random) => ({
    stored: withFinal(
      run,
      pick(random, [
        {timeline: null},
        {primary: null},
        {readable: false},
        ...(final(run).timeline === 2 ? [{timeline: 1}] : []),
      ]) ?? {},
    ),
    expected: doubtful,
  }),
  'nodes differ': run => ({
    stored: withFinal(run, {
      perNode: final(run).perNode.map((node, index) => (index === 2 ? {...node, hash: 'other'} : node)),
    }),
    expected: {lost: 0, fails: true, doubtful: false},
  }),
  'one node only': run => ({stored: withFinal(run, {perNode: final(run).perNode.slice(0, 1)}), expected: doubtful}),
  'fields of the wrong kind': (run, random) => ({
    stored: withFinal(
      run,
      pick(random, [
        {ledgerIds: final(run).ledgerIds.map(String)},
        {accountsTotal: undefined},
        {accountsTotal: '1000'},
        {perNode: [null]},
        {switchPoints: [1]},
      ]) ?? {},
    ),
    expected: doubtful,
  }),
}

const ofRecord: Readonly<Record<string, Change>> = {
  'an objective that is none': (run, random) => ({
    stored: {
      ...run,
      record: {
        ...run.record,
        scenario: {
          ...run.record.scenario,
          objectives: pick(random, [{rtoMsMax: '45000'}, {rtoMsMax: 'abc'}, {lostWritesMax: -1}]),
        },
      },
    },
    expected: doubtful,
  }),
  'steps that are none, or not these': (run, random) => ({
    stored: {
      ...run,
      record: {
        ...run.record,
        scenario: {
          ...run.record.scenario,
          steps: pick(random, [[], [null], [{kind: 'inject', id: 'x'}], run.record.scenario.steps.slice(1)]),
        },
      },
    },
    expected: doubtful,
  }),
  'a part is missing': (run, random) => {
    const field = pick(random, ['config', 'scenario', 'host', 'final', 'seed']) ?? 'config'
    return {stored: {...run, record: {...run.record, [field]: undefined}}, expected: doubtful}
  },
}

export const mutations: readonly Mutation[] = Object.entries({
  history: ofHistory,
  events: ofEvents,
  final: ofFinal,
  record: ofRecord,
}).flatMap(([where, changes]) => Object.entries(changes).map(([name, apply]) => ({name: `${where}: ${name}`, apply})))
