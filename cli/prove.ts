// Restores a backup on a scratch container and says what came of it. Invariant: the container goes in any case, Ctrl-C included. Not here: the checks (src/backup/prove).
import {proveBackup, type Proof} from '../src/backup/prove/prove-backup.ts'
import {verifyBackup} from '../src/backup/verify-backup.ts'
import {requireKey} from '../src/cluster/lab/archive-key.ts'
import {whileLocked} from '../src/cluster/lab/lock.ts'
import {startScratchNode} from '../src/cluster/lab/scratch-node.ts'
import type {BackupRecord} from '../src/model/backup.ts'
import type {Lsn} from '../src/model/lsn.ts'
import type {Clock, Cluster} from '../src/model/ports.ts'
import {formatMs} from '../src/model/time.ts'
import {interruptible} from './interrupt.ts'
import {docker} from './wire.ts'

export interface ProofWish {
  readonly record: BackupRecord
  /** Absent or null: where the content was recorded, otherwise the end of the archive. */
  readonly moment?: Lsn | null
}

/** Needs the lab's lock. Errors: those of proveBackup, ARCHIVE_KEY_MISSING. */
export async function proveOnScratch(cluster: Cluster, clock: Clock, {record, moment}: ProofWish, {note, signal}: {readonly note: (text: string) => void; readonly signal: AbortSignal}): Promise<Proof> {
  return proveBackup(cluster, clock, {
    record, signal, ...(moment === undefined || moment === null ? {} : {moment}),
    startNode: async () => {
      await requireKey(docker, cluster.lab, [record])
      return startScratchNode(docker, cluster.lab)
    },
    onPhase: (phase, fromMs, toMs) => note(`${record.id} ${phase}: ${formatMs(toMs - fromMs)}`),
  })
}

/** One after the other, under the lab's lock. A logical one leads to no server: its dump is read to its end instead. */
export async function proveEach(cluster: Cluster, clock: Clock, wanted: readonly BackupRecord[], note: (text: string) => void): Promise<{readonly proofs: readonly Proof[]; readonly dumps: readonly BackupRecord[]}> {
  const proofs: Proof[] = []
  const dumps: BackupRecord[] = []
  const texts = {once: 'interrupted: taking the scratch container away; again to leave it', twice: `left as it is; docker rm -f hl-${cluster.lab}-scratch takes the container away`, note}
  await whileLocked(docker, {lab: cluster.lab, what: 'hl backups verify --restore'}, async () => interruptible(texts, async signal => {
    for (const record of wanted) {
      signal.throwIfAborted()
      if (record.kind === 'logical') dumps.push(await verifyBackup(cluster, clock, record))
      else proofs.push(await proveOnScratch(cluster, clock, {record}, {note, signal}))
    }
  }))
  return {proofs, dumps}
}
