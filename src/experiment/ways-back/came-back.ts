// The cluster that came back, as an experiment goes on with it: a load of its own, standbys, verification.
import type {ConnectedLab} from '../../lab/lifecycle/connect-lab.ts'
import {restoredCluster, type RestoreFacts} from '../../model/recovery-record.ts'
import type {Check} from '../../model/verdict.ts'
import {ownerSql} from '../owner-sql.ts'
import type {RestoredCluster} from '../world.ts'
import type {RecoveryWiring} from './wiring.ts'

/** What is there when its primaries take writes. */
export interface Made {
  readonly lab: ConnectedLab
  readonly facts: RestoreFacts
  readonly startStandbys: (signal: AbortSignal) => Promise<void>
  /** `primary`: null when nobody said who it is. */
  readonly verify: (primary: string | null, signal: AbortSignal) => Promise<readonly Check[]>
}

export interface CameBack {
  readonly restored: RestoredCluster
  /** Of `restored.sql`; its owner ends it. */
  readonly connection: ReturnType<typeof ownerSql>
}

export async function cameBack(
  {loadOf, onOp}: RecoveryWiring,
  {lab, facts, startStandbys, verify}: Made,
  stop: AbortSignal,
): Promise<CameBack> {
  const {cluster} = lab
  const {primary} = await cluster.state()
  const connection = ownerSql(lab)
  let lastError: string | null = null
  const load = loadOf(lab, primary, '-after', op => {
    if (op.error !== null) lastError = `${op.error.code ?? 'no code'}: ${op.error.message}`
    onOp({...op, cluster: restoredCluster})
  })
  let started = false
  const startOnce = async (signal: AbortSignal): Promise<void> => {
    if (!started) await startStandbys(signal)
    started = true
  }
  // Commits wait for one standby there, beside the archive.
  if (cluster.archive === 'sync') await startOnce(stop)
  const restored: RestoredCluster = {
    cluster,
    facts,
    load,
    lastError: () => lastError,
    sql: connection.ask,
    startStandbys: async signal => {
      signal.throwIfAborted()
      await startOnce(signal)
    },
    finalState: async () => {
      const reader = loadOf(lab, primary, '', () => undefined)
      return reader.finalState().finally(async () => reader.close())
    },
    verify: async signal => verify(primary, signal),
  }
  return {restored, connection}
}
