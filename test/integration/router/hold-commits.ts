// Commits that are done and not acknowledged: each waits for a synchronous standby that never comes. For tests only.
import type {Connecting} from './raw-client.ts'
import type {TestServers} from './servers.ts'
import {until} from './until.ts'

/**
 * From now on no commit on the first primary is answered. Who ends it sets synchronous_standby_names back. A setting in
 * force is not enough: the checkpointer tells those who commit.
 */
export async function holdCommits(servers: TestServers, connect: Connecting): Promise<void> {
  const {primary} = servers
  await servers.configure(primary, {synchronous_standby_names: 'nobody'})
  const probe = await connect(primary)
  const waits = `SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid = $1`
  await until('a commit waits', async () => {
    const state = {isAnswered: false}
    const answer = probe
      .query(`SELECT pg_logical_emit_message(true, 'probe', '')`)
      .finally(() => (state.isAnswered = true))
    await until(
      'it waits, or is answered',
      async () => state.isAnswered || (await servers.sql(primary, waits, [probe.pid])).length > 0,
    )
    if (state.isAnswered) return false
    await servers.sql(primary, 'SELECT pg_cancel_backend($1)', [probe.pid])
    await answer
    return true
  })
}
