// Drives the load: one short tick hands out what is due, ends what is overdue and closes windows. No timer per
// operation.
// Invariant: every operation that arrived is in the history exactly once, at the latest shortly after its deadline.
// Not here: what arrives (arrivals.ts) and connections (load.ts wires them).
import type {Clock, EventSink, HistorySink} from '../model/ports.ts'
import {lateAfterMs} from '../model/history.ts'
import type {Op} from '../model/history.ts'
import type {LoadSpec} from '../model/scenario.ts'
import {createArrivals} from './arrivals.ts'
import {createInFlight, graceMs} from './in-flight.ts'
import type {InFlight} from './in-flight.ts'
import type {LoadOperations} from './operations/load-operations.ts'
import type {Operation} from './operations/operation.ts'
import {createPinnedWriter} from './pinned-writer.ts'
import type {PinnedWriter} from './pinned-writer.ts'
import type {NodeConnection} from './node-connection.ts'
import {createTally} from './tally.ts'
import {awaitUntil, holds, notYet, type PollResult} from '../waiting/await-until.ts'

/** The grain of the schedule: small beside the 100 ms buckets of the measures, large beside what a tick costs. */
const tickMs = 5

export interface EngineOptions {
  readonly run: string
  readonly load: LoadSpec
  readonly nodes: readonly string[]
  readonly operations: LoadOperations
  readonly openPinned: (node: string, budgetMs: number) => Promise<NodeConnection>
  /** The name of the node that has a server address. */
  readonly nodeAt: (server: string) => string | undefined
  readonly clock: Clock
  readonly onOp: HistorySink
  readonly emit: EventSink
}

export interface Engine {
  /** Connects the pinned writers; a node that cannot be reached is no error. */
  warm(): Promise<void>
  start(): void
  /** Rejects with what a sink threw: a history with a hole must not be judged. */
  stop(): Promise<void>
  writableSinceMs(): number | null
  writableNodes(): readonly string[]
  close(): void
}

/**
 * More under way than twice what the rates can put into one deadline means that something does not end; then arrivals
 * are refused.
 */
export function inFlightMax(load: LoadSpec): number {
  const perSecond =
    load.writesPerSecond +
    load.transfersPerSecond +
    load.primaryReadsPerSecond +
    load.standbyReadsPerSecond +
    (load.scatterReadsPerSecond ?? 0)
  return Math.max(64, Math.ceil((2 * perSecond * load.deadlineMs) / 1_000))
}

export function createEngine(options: EngineOptions): Engine {
  const {load, clock, emit} = options
  let tally = createTally(clock.nowMs())
  let ticking: Promise<void> = Promise.resolve()
  const stopping = new AbortController()
  let takeDueNow: () => void = () => undefined
  const broken: unknown[] = []

  const recorded = (op: Op): void => {
    try {
      options.onOp(op)
      tally.add(op)
      if (op.kind === 'pinned-write') pinned.find(writer => writer.node === op.pinnedTo)?.finished(op)
    } catch (error) {
      broken.push(error)
    }
  }
  const inFlight = createInFlight({clock, nodeAt: options.nodeAt, onOp: recorded})
  const pinned = pinnedWriters(options, inFlight)

  return {
    async warm() {
      await Promise.all(pinned.map(writer => writer.warm()))
    },
    start() {
      const startMs = clock.nowMs()
      tally = createTally(startMs)
      const arrivals = createArrivals({...options, startMs, pinned, issue: issuer(inFlight, load)})
      const housekeeping = (nowMs: number): void => {
        inFlight.sweep(nowMs)
        for (const window of tally.takeWindows(nowMs)) emit(window)
      }
      const warnLate = lateWarner(options)
      takeDueNow = () => warnLate(arrivals.take(clock.nowMs()))
      ticking = drive({takeDueNow, housekeeping, inFlight, options, stopping: stopping.signal})
      // stop() tells the error; without this an early one would end the process before that.
      ticking.catch(() => undefined)
    },
    async stop() {
      // What was due before the stop is part of the load, also when the last tick came late.
      if (!stopping.signal.aborted) takeDueNow()
      stopping.abort()
      await ticking
      if (broken.length > 0) throw broken[0]
    },
    writableSinceMs: () => tally.writableSinceMs(),
    writableNodes: () => pinned.filter(writer => writer.writable(clock.nowMs())).map(writer => writer.node),
    close() {
      stopping.abort()
      for (const writer of pinned) writer.close()
    },
  }
}

function pinnedWriters(
  {nodes, run, load, clock, emit, openPinned}: EngineOptions,
  inFlight: InFlight,
): readonly PinnedWriter[] {
  return nodes.map(node =>
    createPinnedWriter({
      node,
      run,
      deadlineMs: load.deadlineMs,
      clock,
      emit,
      inFlight,
      open: budgetMs => openPinned(node, budgetMs),
    }),
  )
}

function issuer(inFlight: InFlight, load: LoadSpec): (operation: Operation) => void {
  const limit = inFlightMax(load)
  return operation => {
    if (inFlight.size() >= limit) inFlight.refuse(operation, 'QUEUE_FULL', `${limit} operations are under way already`)
    else void inFlight.issue(operation, load.deadlineMs)
  }
}

interface Drive {
  readonly takeDueNow: () => void
  readonly housekeeping: (nowMs: number) => void
  readonly inFlight: InFlight
  readonly options: EngineOptions
  readonly stopping: AbortSignal
}

async function drive({takeDueNow, housekeeping, inFlight, options, stopping}: Drive): Promise<void> {
  const {clock, load} = options
  while (!stopping.aborted) {
    takeDueNow()
    housekeeping(clock.nowMs())
    await clock.wait(tickMs)
  }
  const drained = async (): Promise<PollResult<undefined>> => {
    housekeeping(clock.nowMs())
    const left = inFlight.size()
    return Promise.resolve(left === 0 ? holds(undefined) : notYet(`${left} operations are under way`))
  }
  const withinMs = load.deadlineMs + graceMs + 10 * tickMs
  await awaitUntil(drained, {clock, withinMs, everyMs: tickMs, what: 'operations to end'}).catch(() => undefined)
  housekeeping(clock.nowMs())
}

/** Says that hl itself was late, at most once a second; the operations carry the exact figures. */
function lateWarner({clock, emit}: EngineOptions): (late: number) => void {
  let saidMs = Number.NEGATIVE_INFINITY
  return late => {
    const nowMs = clock.nowMs()
    if (late === 0 || nowMs - saidMs < 1_000) return
    saidMs = nowMs
    emit({
      kind: 'warning',
      atMs: nowMs,
      code: 'LOAD_LATE',
      detail: `${late} operations were issued more than ${lateAfterMs} ms late`,
      next: 'the host starves hl itself: give it more CPU, or lower the rates',
    })
  }
}
