// What every operation has in common: how it is sent and how its end becomes an entry of the history.
// Invariant: `record` is pure, so that an outcome depends on the reply alone. Not here: the kinds of operation (a file
// each).
import type {Op} from '../../model/history.ts'
import type {Attempt, Reply} from '../access-paths/access-path.ts'
import type {Ending} from '../outcome.ts'

/** Who an operation is and when it was wanted and issued. */
export interface Stamp {
  readonly id: number
  readonly dueMs: number
  readonly invokedMs: number
}

/** How an operation ended and when. */
export interface Finish extends Ending {
  readonly completedMs: number
}

export interface Operation {
  readonly stamp: Stamp
  /** Does it change something? A read that gets no reply is failed, never unknown. */
  readonly changes: boolean
  send(attempt: Attempt): Promise<Reply>
  record(finish: Finish, reply: Reply | null): Op
}

/** Columns that say who served a statement; only where the node is not in recovery. */
export const servedByPrimary = `host(inet_server_addr()) AS server, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline`
