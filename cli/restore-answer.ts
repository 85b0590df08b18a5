// What `hl restore` answers of one cluster. PURE. Not here: of all shards (restore-to-barrier.ts).
import type {RestorePlan} from '../src/backup/restore/plan-restore.ts'
import type {Check} from '../src/model/verdict.ts'
import type {Resumed} from '../src/recovery/resume-restore.ts'

export interface RestoreAnswer {
  /** null: nothing was planned, what was there was put back. */
  readonly plan: RestorePlan | null
  readonly restored: unknown
  readonly checks: readonly Check[]
}

export function restoreAnswer({restored, checks, prepared}: Resumed): RestoreAnswer {
  const plan = prepared?.plan ?? null
  return {plan, restored: restored === null ? null : {...restored, endLsn: String(restored.endLsn)}, checks}
}
