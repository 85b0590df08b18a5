// Reads at a steady rate while somebody else writes through the same router: who serves them? Runs in a contender's
// thread.
import type {Pool} from 'pg'
import {paced} from './paced.ts'
import {statements} from './statements.ts'
import {asRouter} from './way.ts'

export interface ReadsBesideWritesWish {
  readonly readsPerSecond: number
  readonly writesPerSecond: number
  readonly forMs: number
}

export async function readsBesideWrites(
  pool: Pool,
  {readsPerSecond, writesPerSecond, forMs}: ReadsBesideWritesWish,
): Promise<{readonly reads: number; readonly byStandby: number}> {
  const router = asRouter(pool)
  const served = {reads: 0, byStandby: 0}
  const read = async (): Promise<void> => {
    const {route} = await router.query(statements['read, named']())
    served.reads++
    if (route.role === 'standby') served.byStandby++
  }
  const write = async (): Promise<void> => {
    await router.query(statements.insert())
  }
  await Promise.all([paced(readsPerSecond, forMs, read), paced(writesPerSecond, forMs, write)])
  return served
}
