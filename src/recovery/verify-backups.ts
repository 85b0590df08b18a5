// Verifies backups: by reading what is stored, or by restoring each on a scratch container. Invariants: the container
// goes in any case, an abort included; one that cannot be restored does not keep the others from being verified. Not
// here: the checks (src/backup/verify).
import {hintText} from '../model/command-hint.ts'
import {findBackup} from '../backup/find-backup.ts'
import {readArchive, requireArchive} from '../backup/read-archive.ts'
import {verifyBackup} from '../backup/verify/verify-backup.ts'
import {verifyByRestoring, type Verification} from '../backup/verify/verify-by-restoring.ts'
import {readWal, type ReadWalOptions, type WalReading} from '../backup/read-wal.ts'
import {walOrders} from '../backup/wal/wal-order.ts'
import {requireKey} from '../lab/lifecycle/archive-key.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {startScratchNode} from '../lab/nodes/scratch-node.ts'
import type {ArchiveListing, BackupRecord} from '../model/backup.ts'
import {HlError, type ErrorCode} from '../model/errors.ts'
import type {Lsn} from '../model/lsn.ts'
import type {Cluster, RestoreNode} from '../model/ports.ts'
import {formatMs} from '../model/time.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {faultTexts, gapTexts} from './list-backups.ts'
import {requireEncrypted} from './require-encrypted.ts'
import {whileOpen} from './while-open.ts'

export interface VerifyRequest {
  /** By name; absent: all. */
  readonly backup?: string | undefined
  /** Open those of an encrypted archive. */
  readonly decrypt: boolean
  /** Restore each physical one on a scratch container. */
  readonly restore: boolean
}

/** A backup of which nothing is known now: why it was not restored to the end. */
export interface NotVerified {
  readonly backup: string
  readonly code: ErrorCode
  readonly message: string
  readonly next: readonly string[]
}

/** What came of one. */
export type VerifyResult =
  | {readonly how: 'read'; readonly record: BackupRecord}
  | ({readonly how: 'restored'} & Verification)
  | ({readonly how: 'not-verified'} & NotVerified)

export interface VerifiedBackups {
  readonly results: readonly VerifyResult[]
  /** Of each cluster that archived here. */
  readonly wal: readonly WalReading[]
  readonly gaps: readonly string[]
  /** WAL files and backups that are there and cannot be relied on, as people read it. */
  readonly faults: readonly string[]
}

/**
 * One after the other; each is told when it ends. Restoring takes the lab, and what is there is looked at under its
 * lock. A logical backup leads to no server: its dump is read to its end instead, opened where it is encrypted. Of a
 * single one an error is passed on.
 */
export async function verifyBackups(
  ports: RecoveryPorts,
  cluster: Cluster,
  request: VerifyRequest,
  onResult: (result: VerifyResult) => void,
): Promise<VerifiedBackups> {
  requireArchive(cluster)
  if (request.decrypt) requireEncrypted(cluster, '--decrypt')
  // Before the lab is taken: a name that nobody knows is refused.
  wantedOf(await readArchive(cluster), request.backup)
  if (!request.restore) return readEach(ports, cluster, request, onResult)
  return whileLocked(ports.docker, {lab: cluster.lab, what: 'hl backups verify --restore'}, async () =>
    restoreEach(ports, cluster, request, onResult),
  )
}

async function readEach(
  {docker, clock, signal}: RecoveryPorts,
  cluster: Cluster,
  {backup, decrypt}: VerifyRequest,
  onResult: (result: VerifyResult) => void,
): Promise<VerifiedBackups> {
  const listings = await readArchive(cluster)
  const results: VerifyResult[] = []
  const each = async (decrypting?: RestoreNode): Promise<void> => {
    for (const record of wantedOf(listings, backup)) {
      signal?.throwIfAborted()
      const result = {how: 'read', record: await verifyBackup(cluster, clock, record, decrypting)} as const
      results.push(result)
      onResult(result)
    }
  }
  const all = async (opening?: RestoreNode): Promise<VerifiedBackups> => {
    await each(opening)
    return {results, ...(await readAllWal(cluster, listings, {again: backup === undefined, opening}))}
  }
  return decrypt ? whileOpen({docker, signal}, cluster, all) : all()
}

/**
 * All WAL of the archive: records that were never read, and where all backups are verified the hash of every file. What
 * that found is what is told.
 */
async function readAllWal(
  cluster: Cluster,
  listings: readonly ArchiveListing[],
  options: ReadWalOptions,
): Promise<Omit<VerifiedBackups, 'results'>> {
  const wal: WalReading[] = []
  for (const listing of listings) wal.push(await readWal(cluster, listing, walOrders(listing), options))
  const now = (await readArchive(cluster)).filter(({systemIdentifier}) =>
    listings.some(listing => listing.systemIdentifier === systemIdentifier),
  )
  return {wal, gaps: gapTexts(now), faults: faultTexts(now)}
}

async function restoreEach(
  ports: RecoveryPorts,
  cluster: Cluster,
  {backup}: VerifyRequest,
  onResult: (result: VerifyResult) => void,
): Promise<VerifiedBackups> {
  const {signal} = ports
  const listings = await readArchive(cluster)
  const wanted = wantedOf(listings, backup)
  const results: VerifyResult[] = []
  for (const record of wanted) {
    signal?.throwIfAborted()
    const result = await restoreOne(ports, cluster, record).catch((error: unknown) => {
      signal?.throwIfAborted()
      if (wanted.length === 1 || !(error instanceof HlError) || error.code === 'INTERRUPTED') throw error
      const {code, message, steps} = error
      const next = steps.map(step => hintText(step, cluster.lab, cluster.name))
      return {how: 'not-verified', backup: record.id, code, message, next} as const
    })
    results.push(result)
    onResult(result)
  }
  return {results, ...(await readAllWal(cluster, listings, {}))}
}

async function restoreOne(ports: RecoveryPorts, cluster: Cluster, record: BackupRecord): Promise<VerifyResult> {
  if (record.kind !== 'logical') return {how: 'restored', ...(await verifyOnScratch(ports, cluster, {record}))}
  return whileOpen(ports, cluster, async decrypting => ({
    how: 'read',
    record: await verifyBackup(cluster, ports.clock, record, decrypting),
  }))
}

/** The caller holds the lab. `moment`: absent or null: where the content was recorded, otherwise the archive's end. */
export async function verifyOnScratch(
  {docker, clock, signal, note}: Pick<RecoveryPorts, 'docker' | 'clock' | 'signal' | 'note'>,
  cluster: Cluster,
  {record, moment}: {readonly record: BackupRecord; readonly moment?: Lsn | null},
): Promise<Verification> {
  return verifyByRestoring(cluster, clock, {
    record,
    ...(signal === undefined ? {} : {signal}),
    ...(moment === undefined || moment === null ? {} : {moment}),
    startNode: async () => {
      await requireKey(docker, cluster.lab, [record])
      return startScratchNode(docker, cluster.lab)
    },
    // Several are restored in a row: each part is told with the name of its backup.
    note,
    onPhase: (phase, fromMs, toMs) => note(`${record.id} ${phase}: ${formatMs(toMs - fromMs)}`),
  })
}

function wantedOf(listings: readonly ArchiveListing[], backup: string | undefined): readonly BackupRecord[] {
  return backup === undefined ? listings.flatMap(({backups}) => backups) : [findBackup(listings, backup)]
}
