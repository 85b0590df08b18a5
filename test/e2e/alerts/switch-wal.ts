// WAL that moves on without a load. For tests only.
import type {WatchedLab} from './watched-lab.ts'

/** One transaction that changes no table. */
export const write = "SELECT pg_logical_emit_message(true, 'alerts', 'x')"

/** So many segments. */
export async function switchWal({run, primary}: WatchedLab, times: number): Promise<void> {
  const each = `${write}; SELECT pg_switch_wal();`
  await run(
    await primary(),
    `for i in $(seq ${times}); do echo "${each}"; done | runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -d hl`,
  )
}
