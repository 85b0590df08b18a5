// Joins the schedules with the operations: what arrives, in which stream, as whose turn.
// Invariant: ids are 1, 2, 3 … in order of arrival. Not here: timers and deadlines (load-engine.ts, in-flight.ts).
import type {LoadSpec} from '../model/scenario.ts'
import type {LoadOperations} from './operations/load-operations.ts'
import type {Operation, Stamp} from './operations/operation.ts'
import {takeDue} from './arrival-schedule.ts'
import type {ArrivalSchedule} from './arrival-schedule.ts'

export interface Arrivals {
  /** Issues what is due at `nowMs`; returns how many of them were late. */
  take(nowMs: number): number
}

export interface ArrivalsOptions {
  readonly load: LoadSpec
  readonly operations: LoadOperations
  /** The first arrival of every stream, in ms of the run's clock. */
  readonly startMs: number
  readonly issue: (operation: Operation) => void
  readonly pinned: readonly {due(stamp: Stamp): void}[]
}

interface Stream {
  schedule: ArrivalSchedule
  readonly arrive: (stamp: Stamp) => void
}

export function createArrivals(options: ArrivalsOptions): Arrivals {
  let lastId = 0
  const streams = [...sharedStreams(options), ...pinnedStreams(options)]
  return {
    take(nowMs) {
      let late = 0
      for (const stream of streams) {
        const due = takeDue(stream.schedule, nowMs)
        stream.schedule = due.next
        late += due.late
        for (const dueMs of due.dueMs) stream.arrive({id: (lastId += 1), dueMs, invokedMs: nowMs})
      }
      return late
    },
  }
}

function sharedStreams({load, operations, startMs, issue}: ArrivalsOptions): readonly Stream[] {
  const stream = (ratePerSecond: number, make: (stamp: Stamp) => Operation): Stream => ({
    schedule: {ratePerSecond, startMs, issued: 0},
    arrive: stamp => issue(make(stamp)),
  })
  const {scatter} = operations
  return [
    stream(load.writesPerSecond, operations.append),
    stream(load.transfersPerSecond, operations.transfer),
    stream(load.primaryReadsPerSecond, stamp => operations.read('read-primary', stamp)),
    stream(load.standbyReadsPerSecond, stamp => operations.read('read-standby', stamp)),
    ...(scatter === undefined ? [] : [stream(load.scatterReadsPerSecond ?? 0, scatter)]),
  ]
}

/** Spread over the interval between two writes, so that the nodes are not all asked in the same millisecond. */
function pinnedStreams({load, startMs, pinned}: ArrivalsOptions): readonly Stream[] {
  const ratePerSecond = load.pinnedWritesPerSecond
  if (ratePerSecond <= 0) return []
  return pinned.map((writer, index) => ({
    schedule: {ratePerSecond, startMs: startMs + (index * 1_000) / (ratePerSecond * pinned.length), issued: 0},
    arrive: stamp => writer.due(stamp),
  }))
}
