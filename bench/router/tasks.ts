// What a contender's thread can be told to do with its pool. Invariant: what goes in and what comes out can be copied
// between threads.
import type {Pool} from 'pg'
import {load} from './load.ts'
import {readsBesideWrites} from './reads-beside-writes.ts'
import {stubbedQueries} from './stubbed-driver.ts'
import {users} from './users.ts'
import {watchedReads} from './watched-reads.ts'
import {asRouter} from './way.ts'

export type Tasks = typeof tasks

export const tasks = {load, readsBesideWrites, stubbedQueries, users, watchedReads, seesStandbys}

/** Waits until the router knows the primary and so many standbys. */
async function seesStandbys(pool: Pool, {count}: {readonly count: number}): Promise<void> {
  const router = asRouter(pool)
  const endMs = performance.now() + 30_000
  for (;;) {
    const {primary, standbys} = router.topology()
    if (primary !== null && standbys.length === count) return
    if (performance.now() > endMs)
      throw new Error(`not within 30 s: ${count} standbys; last seen: ${JSON.stringify(router.topology())}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
