// One measurement: the service's requests run, the test breaks something, the service comes back or does not, and what
// it wrote is looked for. Invariant: nothing is broken before a request went well; whatever the test's own function
// does, the faults that it left are healed and its error is the one that is thrown. Not here: how it is judged
// (judge-requests.ts).
import {readConfig} from '../experiment/read-config.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Cluster, Observer} from '../model/ports.ts'
import type {RunRecord} from '../model/report.ts'
import type {Objectives} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {awaitUntil, holds, notYet, within} from '../waiting/await-until.ts'
import {durationMs, type Duration} from './duration.ts'
import type {FaultDesk} from './fault-desk.ts'
import type {Journal} from './journal.ts'
import {contradiction, judgeRequests, type Verified} from './judge-requests.ts'
import {MeasuredReport} from './measured-report.ts'
import {RequestLoad, unbrokenMs, type LoadView, type SendRequest} from './request-load.ts'

/**
 * Looks for what was promised: told the ids that went well, and all that were tried, it gives those that are there.
 * One that is there twice is given twice; ids of others do no harm.
 */
export type Verify = (
  acknowledged: readonly string[],
  attempted: readonly string[],
) => Iterable<string | number | bigint> | Promise<Iterable<string | number | bigint>>

/** How requests are measured. */
export interface MeasureOptions {
  /** Sends one request to the service. */
  readonly request: SendRequest
  /** Requests per second, whether or not earlier ones came back; 20 unless told. */
  readonly rate?: number
  /** Without it nobody looks, and what was lost is `unknown`. */
  readonly verify?: Verify
  /** How long the service may take to be back once the action has ended; two minutes unless told. */
  readonly within?: Duration
  /** After this a request without an answer is over; 30 s unless told. */
  readonly timeout?: Duration
  /** Requests go on for so long before the action begins, to have something to compare with; at least 3 s. */
  readonly baseline?: Duration
  /** What is owed, for the verdict: `{rtoMsMax: 30_000, lostWritesMax: 0}`. */
  readonly objectives?: Objectives
  /** Names the report. */
  readonly name?: string
}

/** What a measurement needs from the cluster. */
export interface Measuring {
  readonly cluster: Cluster
  readonly journal: Journal
  readonly desk: FaultDesk
  readonly observer: Observer
  readonly run: string
  readonly host: () => Promise<RunRecord['host']>
  readonly secrets: readonly string[]
  readonly signal: AbortSignal
}

/** As many acknowledged requests before anything is broken make a baseline (src/measure). */
const baselineRequests = 25
const baselineMs = 3_000
/** For the first request to go well, and the last one of the baseline. */
const firstGoodWithinMs = 20_000
const verifyWithinMs = 120_000
const everyMs = 20

interface Bounds {
  readonly rate: number
  readonly withinMs: number
  readonly deadlineMs: number
  readonly baselineMs: number
}

/** Errors: CONFIG_INVALID, TIMEOUT when no request goes well before anything is broken, and what the action throws. */
export async function measureRequests(
  action: () => unknown,
  options: MeasureOptions,
  measuring: Measuring,
): Promise<MeasuredReport> {
  const {journal, desk, cluster, observer, run, secrets, signal} = measuring
  const bounds = boundsOf(options)
  const {clock, emit} = journal
  const startedAt = clock.wallTime()
  const {rate: ratePerSecond, deadlineMs} = bounds
  const load = new RequestLoad({request: options.request, ratePerSecond, deadlineMs, run, clock, emit})
  const [config, host] = await Promise.all([
    cluster.state().then(async ({primary}) => readConfig(cluster, primary, load.load)),
    measuring.host(),
  ])
  observer.start(emit)
  load.start()
  desk.journal = journal
  try {
    await journal.step({kind: 'hold', forMs: bounds.baselineMs, as: 'baseline'}, 'baseline', firstGoodWithinMs, () =>
      untilBaseline(load, bounds, measuring),
    )
    await act(action, measuring)
    await untilBack(load, bounds, measuring)
    await within(load.stop(), {clock, signal, withinMs: 2 * deadlineMs + 10_000, what: 'the last requests to end'})
    // After the requests: what the heal alone brings back was not back, and it is no step that they ran through.
    await desk.heal({isStep: false})
  } catch (error) {
    load.abandon()
    throw error
  } finally {
    desk.journal = undefined
    await observer.stop()
  }
  const verified = await verify(load, options.verify, measuring)
  const idOf = (number: number): string => load.idOf(number)
  const {ops} = load
  const report = judgeRequests({
    name: options.name ?? 'requests of a service',
    run,
    startedAt,
    steps: journal.steps,
    objectives: options.objectives ?? {},
    config,
    host,
    events: journal.events,
    ops,
    idOf,
    verified,
  })
  return new MeasuredReport({report, ops, verified, idOf, secrets})
}

function boundsOf({rate = 20, within: back = '2m', timeout = '30s', baseline = baselineMs}: MeasureOptions): Bounds {
  if (!Number.isFinite(rate) || rate <= 0 || rate > 10_000)
    throw new HlError('CONFIG_INVALID', `a rate of ${rate} requests per second is none`, {
      next: ['rate: more than 0, at most 10000'],
    })
  const deadlineMs = durationMs(timeout, 'timeout')
  if (deadlineMs === 0)
    throw new HlError('CONFIG_INVALID', 'timeout: a request needs some time', {next: ["timeout: '30s'"]})
  return {
    rate,
    withinMs: durationMs(back, 'within'),
    deadlineMs,
    baselineMs: Math.max(baselineMs, durationMs(baseline, 'baseline'), (baselineRequests * 1_000) / rate),
  }
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
async function act(action: () => unknown, {desk, signal}: Measuring): Promise<void> {
  try {
    const aborted = untilAborted(signal)
    await Promise.race([Promise.resolve().then(action), aborted.promise]).finally(aborted.end)
  } catch (error) {
    await desk.heal().catch((failure: unknown) => {
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

async function verify(load: RequestLoad, look: Verify | undefined, {journal, signal}: Measuring): Promise<Verified> {
  if (look === undefined) return {kind: 'not-asked'}
  const attempted = load.ops.map(({id}) => load.idOf(id))
  const promised = load.ops.flatMap(({id, outcome}) => (outcome === 'ok' ? [load.idOf(id)] : []))
  try {
    const found: unknown = await within(
      Promise.resolve().then(() => look(promised, attempted)),
      {clock: journal.clock, signal, withinMs: verifyWithinMs, what: 'verify to tell what is there'},
    )
    const ids = idsOf(found)
    const why = ids === null ? 'verify gave no list of ids' : contradiction(ids, attempted)
    return ids === null || why !== null ? {kind: 'failed', why: why ?? ''} : {kind: 'found', ids}
  } catch (error) {
    signal.throwIfAborted()
    return {kind: 'failed', why: `verify failed: ${messageOf(error)}`}
  }
}

/** null: it is no list. A text is one of characters, which nobody means. */
function idsOf(found: unknown): readonly string[] | null {
  if (typeof found !== 'object' || found === null || !(Symbol.iterator in found)) return null
  return [...(found as Iterable<unknown>)].map(String)
}
