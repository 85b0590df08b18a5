// What happens inside of a ShardedPool, for logs and metrics. Not here: listening (observe/).
// Neither: what each router does (its events).
import type {EventEmitter} from 'node:events'
import type {Standing} from './map/decide-standing.ts'
import type {ShardMap} from './map/shard-map.ts'
import type {ShardOutcome} from './shard-error.ts'
import {nowMs} from './time/pause.ts'
import type {FinishTrouble} from './transactions/finisher.ts'

/** One call that was answered. */
export interface ShardsServedEvent {
  /** Which method was called. */
  readonly kind: 'query' | 'transaction'
  /** How many shards answered the query, or were written on by the transaction. */
  readonly spread: 'none' | 'one' | 'several'
  /** From the call to the answer. */
  readonly ms: number
}

/** One call that failed. */
export interface ShardsRefusedEvent {
  /** Which method was called. */
  readonly kind: 'query' | 'transaction'
  /** Of ShardError, of RouterError, or the SQLSTATE of a server. */
  readonly code: string
  /** Whether it can have had an effect; null: the error does not say. */
  readonly outcome: ShardOutcome | null
  /** From the call to the error. */
  readonly ms: number
}

/** By name, with what a listener is given. */
export interface ShardedPoolEvents {
  /** query() or transaction() was answered. */
  served: [ShardsServedEvent]
  /** query() or transaction() failed. */
  refused: [ShardsRefusedEvent]
  /** There is a newer map; the first one too. */
  map: [ShardMap]
  /** A shard may serve, or may not any more. */
  standing: [shard: string, Standing]
  /** A server cannot tell of the map now; `shard` null: the catalog. */
  problem: [shard: string | null, error: unknown]
  /** A decided transaction is not finished on all shards yet. */
  trouble: [FinishTrouble]
}

/**
 * Runs a call and tells its end. `count` of its result: shards that answered, or phases, which are as many as shards
 * that were written on, where two are several.
 */
export function toldAs<T>(
  events: EventEmitter<ShardedPoolEvents>,
  kind: ShardsServedEvent['kind'],
  count: (result: T) => number,
  run: () => Promise<T>,
): Promise<T> {
  const isHeard = events.listenerCount('served') + events.listenerCount('refused') > 0
  if (isHeard) return told(events, kind, count, run)
  // To tell nobody would cost more than to find the shard of a key.
  try {
    return run()
  } catch (error) {
    const refusal = error as Error
    return Promise.reject(refusal)
  }
}

async function told<T>(
  events: EventEmitter<ShardedPoolEvents>,
  kind: ShardsServedEvent['kind'],
  count: (result: T) => number,
  run: () => Promise<T>,
): Promise<T> {
  const fromMs = nowMs()
  try {
    const result = await run()
    events.emit('served', {kind, spread: spreads[count(result)] ?? 'several', ms: nowMs() - fromMs})
    return result
  } catch (error) {
    const {code, outcome} = error as {readonly code?: unknown; readonly outcome?: unknown}
    events.emit('refused', {
      kind,
      code: typeof code === 'string' ? code : 'none',
      outcome: outcome === 'unknown' || outcome === 'not-applied' ? outcome : null,
      ms: nowMs() - fromMs,
    })
    throw error
  }
}

const spreads = ['none', 'one'] as const
