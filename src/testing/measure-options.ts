// PURE: how requests are measured, as a test says it. Not here: doing it (measure-requests.ts).
import {HlError} from '../model/errors.ts'
import type {Objectives} from '../model/scenario.ts'
import {durationMs, type Duration} from './duration.ts'
import type {RequestContext, SendRequest} from './request-load.ts'

/**
 * Looks for what was promised: told the ids that went well, and all that were tried, it gives those that are there.
 * One that is there twice is given twice; ids of others do no harm.
 */
export type Verify = (
  acknowledged: readonly string[],
  attempted: readonly string[],
) => Iterable<string | number | bigint> | Promise<Iterable<string | number | bigint>>

export const keeps = ['failed', 'always', 'never'] as const
/** When the folder of a measurement is kept, with the report in every form, the run and the logs of the nodes. */
export type Keep = (typeof keeps)[number]

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
  /**
   * When its folder is kept, unless HL_KEEP says it: `failed`, a verdict that is no pass, a request that failed, a
   * write that is lost or there twice, and a measurement that rejects.
   */
  readonly keep?: Keep
}

/** How requests to a service over shards are measured. */
export interface ShardedMeasureOptions extends MeasureOptions {
  /**
   * Which shard the request goes to alone; asked before it is sent. What goes to others does not hide that one is away:
   * `async ({number}) => (await pool.forKey(number).place()).shard`.
   */
  readonly shardOf: (context: RequestContext) => string | Promise<string>
}

/** As many acknowledged requests before anything is broken make a baseline (src/measure). */
const baselineRequests = 25
const baselineMs = 3_000

export interface Bounds {
  readonly rate: number
  readonly withinMs: number
  readonly deadlineMs: number
  readonly baselineMs: number
}

/** CONFIG_INVALID. */
export function boundsOf({rate = 20, within = '2m', timeout = '30s', baseline = baselineMs}: MeasureOptions): Bounds {
  if (!Number.isFinite(rate) || rate <= 0 || rate > 10_000)
    throw new HlError('CONFIG_INVALID', `a rate of ${rate} requests per second is none`, {
      next: ['rate: more than 0, at most 10000'],
    })
  const deadlineMs = durationMs(timeout, 'timeout')
  if (deadlineMs === 0)
    throw new HlError('CONFIG_INVALID', 'timeout: a request needs some time', {next: ["timeout: '30s'"]})
  return {
    rate,
    withinMs: durationMs(within, 'within'),
    deadlineMs,
    baselineMs: Math.max(baselineMs, durationMs(baseline, 'baseline'), (baselineRequests * 1_000) / rate),
  }
}
