// A cluster and its load under virtual time, with outages, losses and overlaps that are known: whole stored runs, with
// every event and file of a real one, and the truth beside them. Invariant: the truth comes from what was planted and
// from nothing that src/measure computes. Not here: any judgement; mutations of such runs (mutate-run.ts).
import {acknowledged, type FinalState, type Op, type PinnedWriteOp} from '../src/model/history.ts'
import type {RunEvent} from '../src/model/run-event.ts'
import {defaultLoad, type LoadSpec, type Scenario} from '../src/model/scenario.ts'
import {seededRandom} from '../src/experiment/random.ts'
import {quietScenario, recordOf, type Run} from './build-history.ts'

/** What happens. All in ms; `outageMs` 0: the fault stops nothing. */
export interface Story {
  readonly seed: number
  readonly baselineMs: number
  readonly outageMs: number
  readonly aftermathMs: number
  /** What a client's write meets in the outage: an error at once, silence until its deadline, or the router's wait. */
  readonly during: 'refused' | 'silent' | 'waits'
  /** Acknowledgements of this long before the outage are gone in the end. */
  readonly lostMs: number
  /** So long the old primary goes on to acknowledge pinned writes after the new one began. */
  readonly overlapMs: number
  /** `quiet`: nothing is disturbed. */
  readonly kind: 'crash' | 'switchover' | 'quiet'
  /** The generator stands still: what was due meanwhile is sent at its end. */
  readonly frozen?: {readonly fromMs: number; readonly toMs: number}
  readonly load?: Partial<LoadSpec>
}

export interface Truth {
  /** Service as it was: the last acknowledgement before, the first one after; null: nothing stopped. */
  readonly outage: {readonly fromMs: number; readonly toMs: number} | null
  readonly lostIds: readonly number[]
  readonly lostPinned: number
  readonly overlapMs: number
}

export interface Simulated {
  readonly run: Run
  readonly truth: Truth
  readonly moments: {readonly startMs: number; readonly hitMs: number; readonly backMs: number; readonly endMs: number}
}

export const simulatedLoad: LoadSpec = {
  ...defaultLoad,
  writesPerSecond: 50,
  transfersPerSecond: 10,
  primaryReadsPerSecond: 20,
  standbyReadsPerSecond: 10,
  pinnedWritesPerSecond: 10,
}
const members = ['pg1', 'pg2', 'pg3']
const sessions = 8
const startMs = 2_000
const effectMs = 60
/** From the end of the outage until the standbys stream again. */
const healMs = 1_500

export const storyScenario = (kind: Story['kind'], baselineMs: number, aftermathMs: number): Scenario => ({
  ...quietScenario,
  name: `simulated-${kind}`,
  failover: kind === 'quiet' ? 'forbidden' : 'required',
  steps:
    kind === 'quiet'
      ? [
          {kind: 'hold', forMs: baselineMs, as: 'baseline'},
          {kind: 'hold', forMs: aftermathMs, as: 'aftermath'},
        ]
      : [
          {kind: 'hold', forMs: baselineMs, as: 'baseline'},
          kind === 'crash'
            ? {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}}
            : {kind: 'switchover'},
          {kind: 'await', until: 'writable', withinMs: 60_000},
          {kind: 'hold', forMs: aftermathMs, as: 'aftermath'},
          ...(kind === 'crash' ? ([{kind: 'heal', id: 'crash'}] as const) : []),
        ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
})

/** The stored run of a story, and the truth. Deterministic by the seed. */
export function simulate(story: Story): Simulated {
  const load = {...simulatedLoad, ...story.load}
  const hitMs = startMs + story.baselineMs
  const backMs = hitMs + story.outageMs
  const endMs = backMs + 2_000 + story.aftermathMs + healMs
  const moments = {startMs, hitMs, backMs, endMs}
  const ops = operations(story, load, moments)
  const lost = (op: Op): boolean =>
    acknowledged(op) && op.timeline === 1 && op.completedMs > hitMs - story.lostMs && op.completedMs <= hitMs + 50
  const gone = (op: Op): boolean =>
    (op.kind === 'pinned-write' ? op.pinnedTo === 'pg1' && op.invokedMs >= backMs && story.kind !== 'quiet' : false) ||
    (story.lostMs > 0 && lost(op))
  const writes = ops.filter(op => op.kind === 'append' || op.kind === 'transfer')
  const kept = ops.filter(op => acknowledged(op) && !gone(op))
  const pinned = ops.filter((op): op is PinnedWriteOp => op.kind === 'pinned-write')
  const scenario = storyScenario(story.kind, story.baselineMs, story.aftermathMs)
  const record = {
    ...recordOf(finalOf(kept, story), scenario, {load}),
    run: '0101-000000-aa',
  }
  const acks = writes.filter(acknowledged)
  const fromMs = Math.max(...acks.filter(op => op.timeline === 1).map(op => op.completedMs))
  const toMs = Math.min(...acks.filter(op => op.timeline === 2).map(op => op.completedMs))
  return {
    run: {
      record,
      events: eventsOf(story, moments, ops, scenario),
      ops: ops.toSorted((a, b) => a.completedMs - b.completedMs),
    },
    truth: {
      // What was under way at the moment of the fault may fail even where nothing stops.
      outage: story.kind === 'quiet' || (story.outageMs === 0 && writes.every(acknowledged)) ? null : {fromMs, toMs},
      lostIds: writes.filter(op => acknowledged(op) && gone(op)).map(op => op.id),
      lostPinned: pinned.filter(op => acknowledged(op) && gone(op)).length,
      overlapMs: story.overlapMs,
    },
    moments,
  }
}

type Moments = Simulated['moments']

interface Due {
  readonly dueMs: number
  readonly make: 'append' | 'transfer' | 'read-primary' | 'read-standby' | number
}

function operations(story: Story, load: LoadSpec, moments: Moments): readonly Op[] {
  const random = seededRandom(story.seed)
  const every = (perSecond: number, make: Due['make'], offsetMs = 0): readonly Due[] =>
    perSecond === 0
      ? []
      : Array.from({length: Math.ceil(((moments.endMs - startMs - offsetMs) * perSecond) / 1_000)}, (_none, index) => ({
          dueMs: startMs + offsetMs + (index * 1_000) / perSecond,
          make,
        }))
  const due = [
    ...every(load.writesPerSecond, 'append'),
    ...every(load.transfersPerSecond, 'transfer'),
    ...every(load.primaryReadsPerSecond, 'read-primary'),
    ...every(load.standbyReadsPerSecond, 'read-standby'),
    ...members.flatMap((_name, index) => every(load.pinnedWritesPerSecond, index, index * 30)),
  ].toSorted((a, b) => a.dueMs - b.dueMs)
  const client = createClient(story, load, moments)
  return due.map(({dueMs, make}, index) => {
    const {frozen} = story
    // The load hands out what is due on a tick of 5 ms.
    const awakeMs = Math.ceil(dueMs / 5) * 5
    const invokedMs = frozen !== undefined && awakeMs >= frozen.fromMs && awakeMs < frozen.toMs ? frozen.toMs : awakeMs
    return client({id: index + 1, dueMs, invokedMs}, make, 1 + random.next() * 3, random.next())
  })
}

interface Stamp {
  readonly id: number
  readonly dueMs: number
  readonly invokedMs: number
}

type Answer = Pick<Op, 'completedMs' | 'outcome' | 'node' | 'timeline' | 'error'>

function createClient(story: Story, load: LoadSpec, {hitMs, backMs}: Moments) {
  const versions = new Map<number, number>()
  const seenBy = new Map<number, {readonly atMs: number; readonly version: number}[]>()
  const frozenUntil = (atMs: number): number =>
    story.frozen !== undefined && atMs > story.frozen.fromMs && atMs < story.frozen.toMs ? story.frozen.toMs : atMs
  const isUp = (atMs: number): boolean => story.kind === 'quiet' || atMs < hitMs || atMs >= backMs
  const ok = (completedMs: number, onNew: boolean): Answer => ({
    completedMs: frozenUntil(completedMs),
    outcome: 'ok',
    node: onNew ? 'pg2' : 'pg1',
    timeline: onNew ? 2 : 1,
    error: null,
  })
  const bad = (completedMs: number, outcome: 'failed' | 'unknown', code: string): Answer => ({
    completedMs: frozenUntil(completedMs),
    outcome,
    node: null,
    timeline: null,
    error: {code, message: outcome},
  })
  const write = (invokedMs: number, tookMs: number): Answer => {
    const onNew = story.kind !== 'quiet' && invokedMs + tookMs >= hitMs
    if (isUp(invokedMs) && isUp(invokedMs + tookMs) && invokedMs < hitMs === invokedMs + tookMs < hitMs)
      return ok(invokedMs + tookMs, onNew && invokedMs >= backMs)
    const deadlineMs = invokedMs + load.deadlineMs
    if (story.during === 'waits')
      return backMs + tookMs < deadlineMs
        ? ok(backMs + tookMs + (invokedMs % 1), true)
        : bad(deadlineMs, 'failed', 'TIMEOUT')
    if (story.during === 'silent' || invokedMs < hitMs) return bad(deadlineMs, 'unknown', 'DEADLINE')
    return bad(invokedMs + tookMs, 'failed', 'ECONNREFUSED')
  }
  return (stamp: Stamp, make: Due['make'], tookMs: number, chance: number): Op => {
    if (typeof make === 'number') return pinnedOp(story, stamp, make, tookMs, {hitMs, backMs})
    const session = Math.floor(chance * sessions)
    if (make === 'append') {
      const version = (versions.get(session) ?? 0) + 1
      versions.set(session, version)
      const answer = write(stamp.invokedMs, tookMs)
      if (answer.outcome === 'ok')
        seenBy.set(session, [...(seenBy.get(session) ?? []), {atMs: answer.completedMs, version}])
      return {kind: 'append', ...stamp, ...answer, session, version}
    }
    if (make === 'transfer')
      return {kind: 'transfer', ...stamp, ...write(stamp.invokedMs, tookMs), from: 1, to: 2, amount: 5}
    const seen = (seenBy.get(session) ?? []).reduce(
      (most, {atMs, version}) => (atMs <= stamp.invokedMs ? Math.max(most, version) : most),
      0,
    )
    const answer =
      make === 'read-standby'
        ? {...ok(stamp.invokedMs + tookMs, false), node: 'pg3', timeline: null}
        : isUp(stamp.invokedMs)
          ? ok(stamp.invokedMs + tookMs, story.kind !== 'quiet' && stamp.invokedMs >= backMs)
          : bad(stamp.invokedMs + tookMs, 'failed', 'ECONNREFUSED')
    return {
      kind: make,
      ...stamp,
      ...answer,
      reader: chance < 0.5 ? session : 0,
      of: session,
      seen: answer.outcome === 'ok' ? seen : null,
    }
  }
}

function pinnedOp(
  story: Story,
  stamp: Stamp,
  index: number,
  tookMs: number,
  {hitMs, backMs}: Pick<Moments, 'hitMs' | 'backMs'>,
): Op {
  const pinnedTo = members[index] ?? 'pg1'
  const {invokedMs} = stamp
  const oldServes =
    story.kind === 'quiet' ||
    invokedMs + tookMs < hitMs ||
    (story.overlapMs > 0 && invokedMs <= backMs + story.overlapMs)
  const serves = pinnedTo === 'pg1' ? oldServes : pinnedTo === 'pg2' && story.kind !== 'quiet' && invokedMs >= backMs
  const lsn = `0/${Math.round(invokedMs * 100)
    .toString(16)
    .toUpperCase()}`
  const completedMs = invokedMs + tookMs
  return serves
    ? {
        kind: 'pinned-write',
        ...stamp,
        completedMs,
        outcome: 'ok',
        node: pinnedTo,
        timeline: pinnedTo === 'pg1' ? 1 : 2,
        error: null,
        pinnedTo,
        lsn,
      }
    : {
        kind: 'pinned-write',
        ...stamp,
        completedMs,
        outcome: 'failed',
        node: pinnedTo,
        timeline: null,
        error: {code: '25006', message: 'read-only'},
        pinnedTo,
        lsn: null,
      }
}

function finalOf(kept: readonly Op[], {kind}: Story): FinalState {
  const ids = (wanted: Op['kind']): readonly number[] =>
    kept
      .filter(op => op.kind === wanted)
      .map(op => op.id)
      .toSorted((a, b) => a - b)
  const ledgerIds = ids('append')
  return {
    readable: true,
    primary: kind === 'quiet' ? 'pg1' : 'pg2',
    timeline: kind === 'quiet' ? 1 : 2,
    ledgerIds,
    transferIds: ids('transfer'),
    pinnedIds: ids('pinned-write'),
    accountsTotal: 1_000,
    accountsTotalExpected: 1_000,
    perNode: members.map(node => ({node, rows: ledgerIds.length, hash: 'same'})),
    switchPoints: kind === 'quiet' ? [] : [{timeline: 1, lsn: '0/FFFFFF'}],
  }
}

function eventsOf(
  story: Story,
  {hitMs, backMs, endMs}: Moments,
  ops: readonly Op[],
  {steps, name}: Scenario,
): readonly RunEvent[] {
  const commandMs = hitMs - effectMs
  const {kind} = story
  const stepEnds =
    kind === 'quiet'
      ? [startMs + story.baselineMs, endMs - 200]
      : kind === 'crash'
        ? [commandMs, hitMs + 40, backMs + 1_500, endMs - healMs, endMs - 200]
        : [commandMs, hitMs + 40, backMs + 1_500, endMs - 200]
  const begins = [startMs, ...stepEnds]
  const stepEvents = stepEnds.flatMap((atMs, step): readonly RunEvent[] => [
    {kind: 'step.started', atMs: begins[step] ?? 0, step, label: `step ${step}`, withinMs: 60_000},
    {kind: 'step.done', atMs, step, label: `step ${step}`, detail: ''},
  ])
  const leaseMs = hitMs + (backMs - hitMs) * 0.7
  const electedMs = hitMs + (backMs - hitMs) * 0.8
  const disturbed: readonly RunEvent[] =
    kind === 'quiet'
      ? []
      : [
          {kind: 'lease.changed', atMs: leaseMs, from: 'pg1', to: null},
          {kind: 'lease.changed', atMs: electedMs, from: null, to: 'pg2'},
          {kind: 'role.changed', atMs: hitMs + 20, node: 'pg1', from: 'primary', to: 'unknown', timeline: null},
          {
            kind: 'role.changed',
            atMs: hitMs + (backMs - hitMs) * 0.9,
            node: 'pg2',
            from: 'standby',
            to: 'primary',
            timeline: 2,
          },
          {kind: 'node.writable', atMs: backMs, node: 'pg2', timeline: 2},
        ]
  const faults: readonly RunEvent[] =
    kind === 'crash'
      ? [
          {kind: 'fault.commanded', atMs: commandMs + 1, fault: 'crash', describe: 'SIGKILL to pg1', targets: ['pg1']},
          {kind: 'fault.verified', atMs: hitMs + 40, sinceMs: hitMs + 10, fault: 'crash', evidence: 'gone'},
          {kind: 'heal.commanded', atMs: endMs - healMs + 10, fault: 'crash'},
          {kind: 'heal.verified', atMs: endMs - healMs + 200, fault: 'crash', evidence: 'running'},
        ]
      : []
  const events: readonly RunEvent[] = [
    {
      kind: 'run.started',
      atMs: 0,
      run: '0101-000000-aa',
      scenario: name,
      seed: 7,
      trial: 1,
      trials: 1,
      steps: steps.map((_step, index) => `step ${index}`),
      startedAt: '2026-01-01T00:00:00.000Z',
    },
    ...stepEvents,
    ...faults,
    ...disturbed,
    ...observations(story, hitMs, backMs, endMs),
    ...windows(ops, endMs),
    {kind: 'cluster.healthy', atMs: endMs - 300, timeline: kind === 'quiet' ? 1 : 2},
  ]
  return events
    .map((event, index) => ({event, index}))
    .toSorted((a, b) => a.event.atMs - b.event.atMs || a.index - b.index)
    .map(({event}) => event)
}

function observations({kind}: Story, hitMs: number, backMs: number, endMs: number): readonly RunEvent[] {
  return Array.from({length: Math.ceil(endMs / 1_000)}, (_none, second): RunEvent => {
    const atMs = second * 1_000 + 137
    const quiet = kind === 'quiet' || atMs < hitMs
    const leaseOwner =
      quiet || atMs < hitMs + (backMs - hitMs) * 0.7 ? 'pg1' : atMs < hitMs + (backMs - hitMs) * 0.8 ? null : 'pg2'
    return {
      kind: 'cluster.observed',
      atMs,
      leaseOwner,
      leaseExpiresInMs: 15_000,
      members: members.map(name => ({
        name,
        role: quiet
          ? name === 'pg1'
            ? 'primary'
            : 'standby'
          : name === 'pg1'
            ? 'unknown'
            : name === 'pg2' && atMs >= backMs
              ? 'primary'
              : 'standby',
        lagBytes: null,
      })),
    }
  })
}

/** One a second from the start of the load, told some ms after its end; the last one is not full, and not told. */
export function windows(ops: readonly Op[], endMs: number): readonly RunEvent[] {
  const tellMs = 3
  const count = Math.floor((endMs - startMs) / 1_000)
  return Array.from({length: count}, (_none, second): RunEvent => {
    const fromMs = startMs + second * 1_000
    const after = second === 0 ? -Infinity : fromMs + tellMs
    const mine = ops.filter(
      op => op.kind !== 'pinned-write' && op.completedMs > after && op.completedMs <= fromMs + 1_000 + tellMs,
    )
    const writes = mine.filter(op => op.kind === 'append' || op.kind === 'transfer')
    const of = (outcome: string): number => writes.filter(op => op.outcome === outcome).length
    return {
      kind: 'load.window',
      atMs: fromMs + 1_000 + tellMs,
      fromMs,
      ok: of('ok'),
      failed: of('failed'),
      unknown: of('unknown'),
      readsOk: mine.length - writes.length,
      p99Ms: 3,
    }
  })
}
