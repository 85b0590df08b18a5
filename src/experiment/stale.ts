// A client that sleeps while groups move, in the history of a run. Invariants: what it writes through its pool is an
// operation like any other, so that a loss, a double or a wrong owner is found by the checks; what a former owner takes
// past the pool is an error at once. Not here: the client (src/sharding).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, HistorySink} from '../model/ports.ts'
import {startStaleClient, type StaleClient} from '../sharding/stale-client.ts'
import {userOf} from './shard-deeds.ts'
import type {StaleClientPorts} from './world.ts'

interface StaleOptions {
  readonly lab: ConnectedLab
  readonly run: string
  readonly clock: Clock
  readonly onOp: HistorySink
}

/** Above those of the controls; a session of its own, whose versions count for nobody's reads. */
const writeId = 1_000_000_200
const session = 1_000_000
/** As the fence refuses what has moved. */
const movedState = 'HL001'

export function staleClientPorts({lab, run, clock, onOp}: StaleOptions): StaleClientPorts {
  let client: StaleClient | null = null
  return {
    async freeze() {
      const user = await userOf(lab.cluster, run)
      const write = (key: string) => ({
        text:
          'INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, gen_random_uuid(), $2, ' +
          `'EUR', 1)`,
        values: [user, key],
      })
      client = startStaleClient(lab, user, [write(`${run}:w:${writeId}:0:`), write(`${run}:w:${writeId + 1}:0:`)])
      return `user ${user} is on ${await client.frozen} by its map`
    },
    async wake() {
      if (client === null) throw new HlError('BUG', 'no client sleeps', {next: ['let a step freeze one before']})
      const invokedMs = clock.nowMs()
      const {before, after, refusedWith, failure} = await client.wake()
      onOp({
        kind: 'append',
        id: writeId,
        session,
        version: 0,
        dueMs: invokedMs,
        invokedMs,
        completedMs: clock.nowMs(),
        outcome: failure === null ? 'ok' : 'unknown',
        node: null,
        timeline: null,
        error: failure === null ? null : {code: null, message: failure},
        shards: [after],
      })
      const wrong = complaint({before, after, refusedWith, failure})
      if (wrong !== null)
        throw new HlError('LAB_UNHEALTHY', wrong, {next: [hint('shards verify'), hint('shards list')]})
      return `${before} refused it (${refusedWith ?? ''}), and ${after} took what came through its pool`
    },
    async kill() {
      await client?.kill()
      client = null
    },
  }
}

/** PURE: null where all is as it must be. */
export function complaint({
  before,
  after,
  refusedWith,
  failure,
}: Awaited<ReturnType<StaleClient['wake']>>): string | null {
  if (before === after) return `the user is on ${after} still: nothing was tried`
  if (refusedWith === null) return `${before} took a write of a user who lives on ${after} by now`
  if (refusedWith !== movedState) return `${before} refused with ${refusedWith}, not since the user has moved`
  return failure === null ? null : `the pool did not bring the write to ${after}: ${failure}`
}
