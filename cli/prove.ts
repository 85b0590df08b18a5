// Restores backups on a scratch container and says what came of each. Invariants: the container goes in any case,
// Ctrl-C included; one that cannot be restored does not keep the others from being proven. Not here: the checks
// (src/backup/verify).
import {withoutHostFaults} from '../src/backup/verify/host-fault.ts'
import {verifyByRestoring, type Verification} from '../src/backup/verify/verify-by-restoring.ts'
import {verifyBackup} from '../src/backup/verify/verify-backup.ts'
import {requireKey} from '../src/lab/lifecycle/archive-key.ts'
import {whileLocked} from '../src/lab/lifecycle/lock.ts'
import {startUnsealNode} from '../src/lab/nodes/restore-node.ts'
import {startScratchNode} from '../src/lab/nodes/scratch-node.ts'
import type {BackupRecord} from '../src/model/backup.ts'
import {HlError, type ErrorCode} from '../src/model/errors.ts'
import type {Lsn} from '../src/model/lsn.ts'
import type {Clock, Cluster, RestoreNode} from '../src/model/ports.ts'
import {formatMs} from '../src/model/time.ts'
import {workInNode} from '../src/waiting/work-in-node.ts'
import {interruptible} from './interrupt.ts'
import {verificationScreen} from './view/backup-screen.ts'
import {docker} from './wire.ts'

export interface VerifyRequest {
  readonly record: BackupRecord
  /** Absent or null: where the content was recorded, otherwise the end of the archive. */
  readonly moment?: Lsn | null
}

/** Needs the lab's lock. Errors: those of proveBackup, ARCHIVE_KEY_MISSING. */
export async function verifyOnScratch(
  cluster: Cluster,
  clock: Clock,
  {record, moment}: VerifyRequest,
  {note, signal}: {readonly note: (text: string) => void; readonly signal: AbortSignal},
): Promise<Verification> {
  return verifyByRestoring(cluster, clock, {
    record,
    signal,
    ...(moment === undefined || moment === null ? {} : {moment}),
    startNode: async () => {
      await requireKey(docker, cluster.lab, [record])
      return startScratchNode(docker, cluster.lab)
    },
    onPhase: (phase, fromMs, toMs) => note(`${record.id} ${phase}: ${formatMs(toMs - fromMs)}`),
  })
}

/**
 * Does `work` with a container that opens what is sealed; with none where the archive is plain. ARCHIVE_KEY_MISSING.
 */
export async function whileOpen<T>(
  {lab, encrypted}: Cluster,
  signal: AbortSignal | undefined,
  work: (decrypting: RestoreNode | undefined) => Promise<T>,
): Promise<T> {
  if (!encrypted) return work(undefined)
  return workInNode(withoutHostFaults(await startUnsealNode(docker, lab)), signal, work)
}

/** A backup of which nothing is known now: why it was not restored to the end. */
export interface NotVerified {
  readonly backup: string
  readonly code: ErrorCode
  readonly message: string
  readonly next: readonly string[]
}

export interface VerifiedEach {
  readonly proofs: readonly Verification[]
  readonly dumps: readonly BackupRecord[]
  readonly unproven: readonly NotVerified[]
}

/**
 * One after the other, under the lab's lock; each is shown when it ends. A logical one leads to no server: its dump is
 * read to its end instead, opened where it is sealed. Of a single one an error is passed on.
 */
export async function verifyEach(
  cluster: Cluster,
  clock: Clock,
  wanted: readonly BackupRecord[],
  {note, show}: {readonly note: (text: string) => void; readonly show: (text: string) => void},
): Promise<VerifiedEach> {
  const proofs: Verification[] = []
  const dumps: BackupRecord[] = []
  const unproven: NotVerified[] = []
  const proveOne = async (record: BackupRecord, signal: AbortSignal): Promise<string> => {
    if (record.kind === 'logical') {
      const dump = await whileOpen(cluster, signal, async decrypting =>
        verifyBackup(cluster, clock, record, decrypting),
      )
      dumps.push(dump)
      return verifiedLine(dump)
    }
    const proof = await verifyOnScratch(cluster, clock, {record}, {note, signal})
    proofs.push(proof)
    return verificationScreen(proof)
  }
  const texts = {
    once: 'interrupted: taking the scratch container away; again to leave it',
    twice: `left as it is; docker rm -f hl-${cluster.lab}-scratch takes the container away`,
    note,
  }
  await whileLocked(docker, {lab: cluster.lab, what: 'hl backups verify --restore'}, async () =>
    interruptible(texts, async signal => {
      for (const record of wanted) {
        signal.throwIfAborted()
        show(
          await proveOne(record, signal).catch((error: unknown) => {
            signal.throwIfAborted()
            if (wanted.length === 1 || !(error instanceof HlError) || error.code === 'INTERRUPTED') throw error
            const {code, message, next} = error
            unproven.push({backup: record.id, code, message, next})
            return [`UNPROVEN ${record.id}: ${code}: ${message}`, ...next.map(line => `  ${line}`)].join('\n')
          }),
        )
      }
    }),
  )
  return {proofs, dumps, unproven}
}

/** What its last verification said. */
export function verifiedLine({id, verified}: BackupRecord): string {
  return `${verified?.ok === true ? 'ok      ' : 'DAMAGED '} ${id}: ${verified?.detail ?? ''}${verified?.restored?.ok === false ? `; its last restore failed: ${verified.restored.detail}` : ''}`
}
