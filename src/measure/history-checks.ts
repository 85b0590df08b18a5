// Is the history whole, in order, and of one clock with the events? Invariant: what was dropped, cut off, moved or
// mixed up is unknown, never the cluster's doing. Not here: whether the load was enough (assumptions.ts), files and
// their digests (src/experiment/store).
import {acknowledged, type FinalState, type Op, type ReadOp} from '../model/history.ts'
import type {RunEvent} from '../model/run-event.ts'
import {comesBackWhole, isWayBack} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {formatCount, plural} from '../model/quantity.ts'
import {
  column,
  countAbove,
  eachNumber,
  greatestOf,
  groupByNumber,
  leastOf,
  sortedByNumber,
  where,
  within,
} from './columns.ts'
import {eventsOf, type EventOf} from './events-of.ts'
import {isOld, isOwn, type Facts} from './facts.ts'
import {IdSet} from './id-set.ts'
import {startedSteps} from './moments.ts'
import {asksForRecovery} from './recovery.ts'
import {finding, type Finding} from './run-checks.ts'
import {ascended, countOf, type Sequence} from './sequence.ts'
import {appendsOf, type ClientWrite} from './sort-ops.ts'
import {countUpTo} from './stats.ts'

/**
 * Events come from several probes, which report when they are done: this much out of order is not a clock that went
 * back.
 */
const disorderMsMax = 100
/** A step ends, and some time later the load is stopped: this much before it nobody may have stopped writing. */
const endMsMax = 1_000
/** A pause of the load for which nobody can say what the cluster did; shorter ones matter at the edges of an outage. */
const holeMsMax = 2_000
/** The clock is read once for a tick, and what ends while windows are closed is in them: at most a slow tick late. */
const windowSlackMs = 1_000
/** Of the numbers that follow a history, this share at least are rows where its end is missing. */
const tailShareMin = 0.05
/** From here on ids are those of single operations of an experiment, not of the load. */
const deedIds = 1_000_000_000

/** Of the load on one cluster alone; table writes are an experiment's own. */
function ofLoad(ops: Sequence<Op>, which: (op: Pick<Op, 'cluster'>) => boolean): Sequence<Op> {
  return within(
    where(ops, op => which(op) && op.kind !== 'table-write'),
    'id',
    {below: deedIds},
  )
}

/** Operations are numbered as they are sent, so their times rise with their ids. */
export function clockMonotonic({ops, events}: Facts): Finding {
  const backwards = countAbove(ops, ['completedMs', 'invokedMs'])
  const early = countAbove(ops, ['invokedMs', 'dueMs'])
  const disorder = events.filter(
    (event, index) => event.atMs < (events[index - 1]?.atMs ?? -Infinity) - disorderMsMax,
  ).length
  const jumps = [isOld, isOwn].reduce((sum, which) => sum + jumpsOf(ofLoad(ops, which)), 0)
  return finding(
    ops.length + events.length > 0 && backwards + early + disorder + jumps === 0,
    'unknown',
    `of ${plural(ops.length, 'operation')} ${formatCount(backwards)} ended before the begin, ${formatCount(early)} sent before due, ` +
      `${formatCount(jumps)} before one with a lower number; of ${plural(events.length, 'event')} ${formatCount(disorder)} before the predecessor`,
  )
}

function jumpsOf(ops: Sequence<Op>): number {
  let count = 0
  let beforeMs = -Infinity
  eachNumber(sortedByNumber(ops, 'id'), 'invokedMs', invokedMs => {
    if (invokedMs < beforeMs) count += 1
    beforeMs = invokedMs
  })
  return count
}

/**
 * Every number from 1 on is there, the seconds that the load counted while it ran hold as many writes as the history,
 * and no row of the final state is newer than the history.
 */
export function historyComplete(facts: Facts): Finding {
  const {ops} = facts
  if (ops.length === 0) return {verdict: 'unknown', detail: 'there is no operation'}
  const loads = [ofLoad(ops, isOld), ofLoad(ops, isOwn)] as const
  const missing = loads.reduce((sum, load) => sum + missingIds(load), 0)
  if (missing > 0)
    return {
      verdict: 'unknown',
      detail: `${plural(missing, 'operation is', 'operations are')} missing between those that are there`,
    }
  const newer = newerThanHistory(facts, loads)
  if (newer > 0)
    return {
      verdict: 'unknown',
      detail: `the final state has ${plural(newer, 'write')} with higher numbers than the history`,
    }
  const off = windowsOff(facts)
  return off === null
    ? {verdict: 'pass', detail: `${plural(ops.length, 'operation')}, none missing`}
    : {verdict: 'unknown', detail: off}
}

function missingIds(ops: Sequence<Op>): number {
  return Math.max(0, greatestOf(ops, 'id')) - IdSet.ofOps(ops).size
}

/**
 * A history whose end is missing leaves rows with the numbers that follow its own. A single row far beyond them is none
 * of its own, and a phantom.
 */
function newerThanHistory({record}: Facts, [old, own]: readonly [Sequence<Op>, Sequence<Op>]): number {
  const of = (final: FinalState | null, load: Sequence<Op>): number => {
    if (final?.readable !== true) return 0
    const last = Math.max(0, greatestOf(load, 'id'))
    const newer = [final.ledgerIds, final.transferIds, final.pinnedIds].flatMap(ids =>
      ids.filter(id => id > last && id < deedIds),
    )
    const reach = newer.reduce((most, id) => Math.max(most, id - last), 0)
    return newer.length >= tailShareMin * reach ? newer.length : 0
  }
  return of(record.final, old) + of(record.recovery?.finalAfter ?? null, own)
}

/** A load tells each second once; that on what came back is started when the first one has stopped. */
function windowsOff(facts: Facts): string | null {
  const windows = eventsOf(facts.events, 'load.window')
  const loads = [facts.firstLoad, where(facts.writes, isOwn)] as const
  const ownStartMs = leastOf(loads[1], 'dueMs')
  const isOwnWindow = (event: EventOf<'load.window'>): boolean => event.fromMs >= ownStartMs - 1
  return (
    compareWindows(
      windows.filter(event => !isOwnWindow(event)),
      loads[0],
    ) ?? compareWindows(windows.filter(isOwnWindow), loads[1])
  )
}

function compareWindows(windows: readonly EventOf<'load.window'>[], writes: Sequence<ClientWrite>): string | null {
  const endedMs = ascended(column(within(writes, 'id', {below: deedIds}), 'completedMs'))
  let told = 0
  for (const [index, {atMs, ok, failed, unknown}] of windows.entries()) {
    told += ok + failed + unknown
    if (windows[index + 1]?.atMs === atMs) continue
    const [least, most] = [countUpTo(endedMs, atMs), countUpTo(endedMs, atMs + windowSlackMs)]
    if (told < least || told > most)
      return `the load had counted ${plural(told, 'write')} by ${formatMs(atMs)}, the history has ${formatCount(told < least ? least : most)}`
  }
  return null
}

/** From its start until the last step ended, or until clients were kept away, with no pause that hides anything. */
export function loadRanThrough(facts: Facts): Finding {
  const {record, coverage, firstLoad, writes} = facts
  const {steps} = record.scenario
  if (firstLoad.length === 0) return {verdict: 'unknown', detail: 'nothing was written'}
  const ended = lastStepEvent(facts)
  const awayMs = comesBackWhole(steps)
    ? (startedSteps(record.scenario, facts.events).find(({step}) => isWayBack(step))?.atMs ?? null)
    : null
  const own = where(writes, isOwn)
  const short =
    shortBy(firstLoad, awayMs ?? ended, 'the load') ??
    (own.length === 0 || ended === null ? null : shortBy(own, ended, 'the load on what came back'))
  if (short !== null) return {verdict: 'unknown', detail: short}
  const longest = coverage.holes.reduce((most, {fromMs, toMs}) => Math.max(most, toMs - fromMs), 0)
  if (asksForRecovery(steps) || longest <= holeMsMax)
    return {verdict: 'pass', detail: `the longest pause of the load was ${longest === 0 ? 'none' : formatMs(longest)}`}
  const hole = coverage.holes.find(({fromMs, toMs}) => toMs - fromMs === longest)
  return {
    verdict: 'unknown',
    detail: `nobody wrote for ${formatMs(longest)} from ${formatMs(hole?.fromMs ?? 0)} on, so nobody saw`,
  }
}

function lastStepEvent({events}: Facts): number | null {
  const isStep = ({kind}: RunEvent): boolean =>
    kind === 'step.started' || kind === 'step.done' || kind === 'step.failed'
  return events.findLast(isStep)?.atMs ?? null
}

function shortBy(writes: Sequence<ClientWrite>, untilMs: number | null, what: string): string | null {
  const lastMs = greatestOf(writes, 'invokedMs')
  return untilMs === null || untilMs - lastMs <= endMsMax
    ? null
    : `${what} ended ${formatMs(untilMs - lastMs)} before it was to`
}

/** Reads are not looked at: a node that is rewound answers them on its older timeline, and rightly. */
function isAckedWrite(op: Pick<Op, 'kind' | 'outcome'>): boolean {
  return (op.kind === 'append' || op.kind === 'transfer' || op.kind === 'pinned-write') && acknowledged(op)
}

/** A node that is on a new timeline has left the old one for good. null where nobody told a timeline. */
export function timelinesRise({ops}: Facts): Finding {
  const acks = where(ops, op => op.timeline !== null && isOld(op) && isAckedWrite(op))
  const newest = new Map<string, {readonly timeline: number; readonly atMs: number}>()
  const back = new Set<string>()
  for (const op of acks) {
    if (op.node === null || op.timeline === null) continue
    const before = newest.get(op.node)
    if (before !== undefined && op.timeline < before.timeline && op.invokedMs > before.atMs) back.add(op.node)
    if (before === undefined || op.timeline > before.timeline)
      newest.set(op.node, {timeline: op.timeline, atMs: op.completedMs})
  }
  return newest.size === 0
    ? null
    : finding(
        back.size === 0,
        'unknown',
        back.size === 0
          ? `${plural(newest.size, 'node')}, none of which went back`
          : `${[...back].join(', ')} answered on a timeline that it had left`,
      )
}

/** null where nothing was read. */
export function readsExplained({firstLoad, writes, readsPrimary, readsStandby}: Facts): Finding {
  const reads = [readsPrimary, readsStandby].map(all => where(all, op => op.seen !== null))
  const count = reads.reduce((sum, {length}) => sum + length, 0)
  if (count === 0) return null
  const sent = firstLoad.length === writes.length ? firstLoad : writes
  const [old, own] = [isOld, isOwn].map(which => sentIndex(where(sent, which)))
  const isFuture = (op: ReadOp): boolean => {
    if (op.seen === null || op.seen <= 0) return false
    const sentMs = (isOwn(op) ? own : old)?.get(op.of)?.(op.seen) ?? Infinity
    return !(sentMs <= op.completedMs)
  }
  const future = reads.reduce((sum, of) => sum + countOf(of, isFuture), 0)
  return finding(
    future === 0,
    'unknown',
    `${formatCount(future)} of ${plural(count, 'read')} saw a version that nobody had sent by then`,
  )
}

/** Of each session: when a version was sent, the last time where that was several times; undefined: never. */
function sentIndex(writes: Sequence<ClientWrite>): ReadonlyMap<number, (version: number) => number | undefined> {
  return new Map(
    [...groupByNumber(appendsOf(writes), 'session')].map(([session, ops]) => {
      const inOrder = sortedByNumber(ops, 'version')
      const versions = column(inOrder, 'version')
      const sentMs = column(inOrder, 'invokedMs')
      return [
        session,
        (version: number) => {
          const last = countUpTo(versions, version) - 1
          return versions[last] === version ? sentMs[last] : undefined
        },
      ]
    }),
  )
}
