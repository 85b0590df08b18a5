// Users who write and at once read what they wrote, at a moderate rate. Each has a row of its own whose version only
// that user raises, so a value below it is a stale read, whoever answered. Runs in a contender's thread.
import type {Pool} from 'pg'
import {runInSession, Session} from '../../src/router/index.ts'
import {until} from './paced.ts'
import {asRouter} from './way.ts'

export interface UsersWish {
  readonly users: number
  /** From the beginning of one write to that of the same user's next. */
  readonly everyMs: number
  readonly forMs: number
  /** Each user in a session of its own. */
  readonly inSessions: boolean
}

export interface UsersSaw {
  readonly writeMs: readonly number[]
  readonly readMs: readonly number[]
  readonly byStandby: number
  readonly stale: number
}

export async function users(pool: Pool, {users: count, everyMs, forMs, inSessions}: UsersWish): Promise<UsersSaw> {
  const router = asRouter(pool)
  const saw = {writeMs: [] as number[], readMs: [] as number[], byStandby: 0, stale: 0}
  const endMs = performance.now() + forMs
  const turn = async (id: number): Promise<void> => {
    const writtenAtMs = performance.now()
    const written = await router.query<{version: string}>(
      'UPDATE accounts SET version = version + 1 WHERE id = $1 RETURNING version',
      [id],
    )
    const readAtMs = performance.now()
    const read = await router.query<{version: string}>('SELECT version FROM accounts WHERE id = $1', [id])
    saw.writeMs.push(readAtMs - writtenAtMs)
    saw.readMs.push(performance.now() - readAtMs)
    if (read.route.role === 'standby') saw.byStandby++
    if (BigInt(read.rows[0]?.version ?? -1) < BigInt(written.rows[0]?.version ?? 0)) saw.stale++
  }
  const user = async (id: number): Promise<void> => {
    // Spread over the period; who is late does not hurry afterwards.
    for (
      let nextMs = performance.now() + (everyMs * id) / count;
      nextMs < endMs;
      nextMs = Math.max(nextMs + everyMs, performance.now())
    ) {
      await until(nextMs)
      await turn(id)
    }
  }
  await Promise.all(
    Array.from({length: count}, async (_, index) =>
      inSessions ? runInSession(new Session(), async () => user(index + 1)) : user(index + 1),
    ),
  )
  return saw
}
