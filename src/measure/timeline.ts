// One point per second of the run, for the charts. Invariant: no second between the first and the last operation is
// left out, up to two days. Not here: drawing.
import {acknowledged} from '../model/history.ts'
import type {TimelinePoint} from '../model/report.ts'
import {p99Ms} from './availability.ts'
import {countWhere, eachNumber, groupByNumber, where} from './columns.ts'
import type {Facts} from './facts.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'

const secondMs = 1_000
/** Two days, the longest that a run is: a time that is out of its mind must not take all memory for a chart. */
const secondsMax = 172_801

/** Operations count in the second of their completion; `atMs` is the start of the second on the run's clock. */
export function timelineOf({
  ops,
  writes,
  readsPrimary,
  readsStandby,
}: Pick<Facts, 'ops' | 'writes' | 'readsPrimary' | 'readsStandby'>): readonly TimelinePoint[] {
  const [first, last] = [ops.at(0), ops.at(-1)]
  if (first === undefined || last === undefined) return []
  const second = (atMs: number): number => Math.floor(atMs / secondMs)
  const writesIn = groupByNumber(writes, 'completedMs', second)
  const readsIn = new Map<number, number>()
  for (const reads of [readsPrimary, readsStandby])
    eachNumber(
      where(reads, ({outcome}) => outcome === 'ok'),
      'completedMs',
      atMs => readsIn.set(second(atMs), (readsIn.get(second(atMs)) ?? 0) + 1),
    )
  const seconds = Math.min(second(last.completedMs) - second(first.completedMs) + 1, secondsMax)
  return Array.from({length: seconds}, (_none, offset) => {
    const at = second(first.completedMs) + offset
    const inSecond: Sequence<ClientWrite> = writesIn.get(at) ?? []
    const ok = countWhere(inSecond, acknowledged)
    return {
      atMs: at * secondMs,
      writesOk: ok,
      writesBad: inSecond.length - ok,
      readsOk: readsIn.get(at) ?? 0,
      p99Ms: p99Ms(inSecond),
    }
  })
}
