// One point per second of the run, for the charts. Invariant: no second between the first and the last operation is
// left out. Not here: drawing.
import {acknowledged} from '../model/history.ts'
import type {TimelinePoint} from '../model/report.ts'
import {p99Ms} from './availability.ts'
import type {Facts} from './facts.ts'

const secondMs = 1_000

/** Operations count in the second of their completion; `atMs` is the start of the second on the run's clock. */
export function timelineOf({
  ops,
  writes,
  readsPrimary,
  readsStandby,
}: Pick<Facts, 'ops' | 'writes' | 'readsPrimary' | 'readsStandby'>): readonly TimelinePoint[] {
  const first = ops[0]
  const last = ops.at(-1)
  if (first === undefined || last === undefined) return []
  const second = (op: {readonly completedMs: number}): number => Math.floor(op.completedMs / secondMs)
  const writesIn = Map.groupBy(writes, second)
  const readsIn = Map.groupBy(
    [...readsPrimary, ...readsStandby].filter(op => op.outcome === 'ok'),
    second,
  )
  return Array.from({length: second(last) - second(first) + 1}, (_none, offset) => {
    const at = second(first) + offset
    const inSecond = writesIn.get(at) ?? []
    const ok = inSecond.filter(acknowledged).length
    return {
      atMs: at * secondMs,
      writesOk: ok,
      writesBad: inSecond.length - ok,
      readsOk: readsIn.get(at)?.length ?? 0,
      p99Ms: p99Ms(inSecond),
    }
  })
}
