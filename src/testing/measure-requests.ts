// One measurement: the service's requests run, the test breaks something, the service comes back or does not, and what
// it wrote is looked for. Invariant: nothing is broken before a request went well; whatever the test's own function
// does, the faults that it left are healed and its error is the one that is thrown. Not here: how it is judged
// (judge-requests.ts).
import {HlError, messageOf} from '../model/errors.ts'
import type {RunRecord} from '../model/report.ts'
import {formatMs} from '../model/time.ts'
import {awaitUntil, holds, notYet, within} from '../waiting/await-until.ts'
import type {Journal} from './journal.ts'
import type {Measured, MeasuredShards} from './judge-requests.ts'
import {boundsOf, type Bounds, type MeasureOptions, type ShardedMeasureOptions} from './measure-options.ts'
import {RequestLoad, unbrokenMs, type LoadView} from './request-load.ts'
import {verifyWrites} from './verify-writes.ts'
import {aboutOf, configOf, lookBefore, shardsOf, watchAll, type Watched} from './watch-clusters.ts'

/** What a measurement needs from the lab. */
export interface Measuring {
  /** All of its clusters. */
  readonly watched: readonly Watched[]
  readonly journal: Journal
  /** What is broken, in any of them. */
  readonly heal: (options?: {readonly isStep: boolean}) => Promise<void>
  /** Begins the ids of the requests. */
  readonly run: string
  readonly host: () => Promise<RunRecord['host']>
  readonly signal: AbortSignal
  /** Told of a measurement that rejects, with all that was seen of it. */
  readonly onFailed: (measured: Measured, error: unknown) => Promise<void>
}

/** For the first request to go well, and the last one of the baseline. */
const firstGoodWithinMs = 20_000
const everyMs = 20

/** Errors: CONFIG_INVALID, TIMEOUT when no request goes well before anything is broken, and what the action throws. */
export async function measureRequests(
  action: () => unknown,
  options: MeasureOptions & Partial<Pick<ShardedMeasureOptions, 'shardOf'>>,
  measuring: Measuring,
): Promise<Measured> {
  const {watched, journal, run, signal} = measuring
  const bounds = boundsOf(options)
  const {clock, emit} = journal
  const startedAt = clock.wallTime()
  const {rate: ratePerSecond, deadlineMs} = bounds
  const {request, shardOf} = options
  const load = new RequestLoad({request, shardOf, ratePerSecond, deadlineMs, run, clock, emit})
  const [before, host] = await Promise.all([lookBefore(watched, load.load, journal), measuring.host()])
  const watch = watchAll(watched, journal)
  const seen = (verified: Measured['verified'], shards: MeasuredShards | null): Measured => ({
    name: options.name ?? 'requests of a service',
    run,
    shards,
    startedAt,
    steps: journal.steps,
    objectives: options.objectives ?? {},
    config: configOf(before, aboutOf(watched, journal)),
    host,
    events: watch.events(),
    ops: load.ops,
    idOf: number => load.idOf(number),
    verified,
  })
  load.start()
  try {
    await runRequests(load, action, bounds, measuring)
  } catch (error) {
    load.abandon()
    await watch.stop()
    await measuring.onFailed(seen({kind: 'not-asked'}, null), error)
    throw error
  }
  await watch.stop()
  const verified = await verifyWrites(load, options.verify, {clock, signal})
  return seen(verified, await shardsOf(watched, before, journal))
}

async function runRequests(
  load: RequestLoad,
  action: () => unknown,
  bounds: Bounds,
  measuring: Measuring,
): Promise<void> {
  const {journal, signal} = measuring
  const {clock} = journal
  const withinMs = 2 * bounds.deadlineMs + 10_000
  await journal.step({kind: 'hold', forMs: bounds.baselineMs, as: 'baseline'}, 'baseline', firstGoodWithinMs, () =>
    untilBaseline(load, bounds, measuring),
  )
  await act(action, measuring)
  await untilBack(load, bounds, measuring)
  await within(load.stop(), {clock, signal, withinMs, what: 'the last requests to end'})
  // After the requests: what the heal alone brings back was not back, and it is no step that they ran through.
  await measuring.heal({isStep: false})
}

/** Until the load has run so long, and goes well. */
async function untilBaseline(load: RequestLoad, bounds: Bounds, {journal, signal}: Measuring): Promise<void> {
  const {clock} = journal
  const startedMs = clock.nowMs()
  const withinMs = bounds.baselineMs + firstGoodWithinMs
  while (clock.nowMs() - startedMs < withinMs) {
    const {ok, failed, goodSinceMs, lastError} = load.view()
    if (clock.nowMs() - startedMs >= bounds.baselineMs) {
      if (goodSinceMs !== null) return
      if (ok === 0 && failed > 0) throw noneWentWell(failed, lastError)
    }
    await clock.wait(everyMs, signal)
  }
  const {ok, failed, lastError} = load.view()
  if (failed > 0) throw noneWentWell(failed, lastError, ok)
  throw new HlError('TIMEOUT', `no request was answered within ${formatMs(withinMs)}, and nothing was broken yet`, {
    next: ['does the service listen where the request goes to?', 'does request() give back the promise of its answer?'],
  })
}

function noneWentWell(failed: number, cause: unknown, ok = 0): HlError {
  return new HlError(
    'CONFIG_INVALID',
    `before anything was broken ${failed} of ${ok + failed} requests failed, the last one with: ${messageOf(cause)}`,
    {
      next: ['call request() once by itself in the test, and read what it says', 'look at the log of the service'],
      cause,
    },
  )
}

/** The test's own function. What it breaks and does not mend, because it throws, is mended here. */
async function act(action: () => unknown, {heal, signal}: Measuring): Promise<void> {
  try {
    const aborted = untilAborted(signal)
    await Promise.race([Promise.resolve().then(action), aborted.promise]).finally(aborted.end)
  } catch (error) {
    await heal().catch((failure: unknown) => {
      throw new HlError(
        'HEAL_FAILED',
        `the action failed (${messageOf(error)}), and what it broke could not be healed: ${messageOf(failure)}`,
        {next: failure instanceof HlError ? failure.steps : ['stop() takes the cluster away'], cause: error},
      )
    })
    throw error
  }
}

function untilAborted(signal: AbortSignal): {readonly promise: Promise<never>; readonly end: () => void} {
  const {promise, reject} = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason as Error)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, {once: true})
  promise.catch(() => undefined)
  return {promise, end: () => signal.removeEventListener('abort', abort)}
}

/** Until requests sent after the action go well without a break, or the time is over: then the report says so. */
async function untilBack(load: RequestLoad, bounds: Bounds, {journal, signal}: Measuring): Promise<void> {
  const {clock} = journal
  const endedMs = clock.nowMs()
  const goodForMs = unbrokenMs(bounds.rate) + 1_000 / bounds.rate
  const look = async () =>
    Promise.resolve(isBack(load.view(), endedMs, clock.nowMs() - goodForMs) ? holds(null) : notYet('requests fail'))
  await awaitUntil(look, {
    clock,
    signal,
    withinMs: Math.max(1, bounds.withinMs),
    everyMs,
    what: 'the service to be back',
  }).catch(() => signal.throwIfAborted())
}

function isBack({goodSinceMs, newestGoodMs}: LoadView, endedMs: number, leastSinceMs: number): boolean {
  return goodSinceMs !== null && goodSinceMs <= leastSinceMs && newestGoodMs !== null && newestGoodMs >= endedMs
}
