// Verifies a backup by restoring it on a container of its own, and asking the server that comes of it. Invariants: what
// was refused before anything was restored is an error and no verdict on the backup; what went wrong from then on is a
// failed check, unless it is the machine that failed (host-fault.ts); what could not be looked at condemns nothing; WAL
// that cannot be replayed is noted of the WAL and says nothing of the backup; of an encrypted archive no word of what
// is inside is noted; the scratch container goes in any case. Not here: which backup and which moment (draw-moment.ts),
// the container (src/lab/nodes).
import {hint} from '../../model/command-hint.ts'
import type {Answer, ArchiveListing, BackupRecord, RestorePhase, RestoreTarget} from '../../model/backup.ts'
import {HlError, type ErrorCode} from '../../model/errors.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Clock, Cluster, RestoreNode} from '../../model/ports.ts'
import {worst, type Check, type Verdict} from '../../model/verdict.ts'
import {workInNode} from '../../waiting/work-in-node.ts'
import {contentChecks} from '../content/check-content.ts'
import {flushIfPossible, type Flushed} from '../flush-wal.ts'
import {readArchive, readListing} from '../read-archive.ts'
import {readWal} from '../read-wal.ts'
import {describeTarget} from '../restore/parse-target.ts'
import {planRestore} from '../restore/plan-restore.ts'
import {promisedEnd, type PromisedEnd} from '../restore/promised-end.ts'
import {WalFault} from '../restore/require-end.ts'
import {plannedLineage} from '../restore/restore-data.ts'
import {runRestore, type RestoredState} from '../restore/run-restore.ts'
import {verifyMs, verifyServer, type Exec} from '../restore/verify-restored.ts'
import {runOnNode, type NodeTask} from '../run-on-node.ts'
import {updateRecord} from '../catalog/write-record.ts'
import {checkStored, noteVerified, openedDetail} from './verify-backup.ts'
import {walOrders} from '../wal/wal-order.ts'
import {lineageOf, liesOn} from '../wal/timeline-history.ts'
import {HostFault, requireNoFaultInLog, withoutHostFaults} from './host-fault.ts'

export interface VerificationOptions {
  readonly record: BackupRecord
  /** Absent: where its content was recorded, otherwise the end of the archive. */
  readonly moment?: Lsn
  /** An empty scratch container. */
  readonly startNode: () => Promise<RestoreNode>
  readonly onPhase: (phase: RestorePhase | 'verify', fromMs: number, toMs: number) => void
  /** Told what is going on. */
  readonly note: (text: string) => void
  readonly signal?: AbortSignal
}

export interface Verification {
  /** As the catalog has it now. */
  readonly record: BackupRecord
  /** For a person. */
  readonly target: string
  /** All checks passed. */
  readonly ok: boolean
  /** The worst of the checks: a backup is damaged only where one failed. */
  readonly verdict: Verdict
  readonly checks: readonly Check[]
}

const task: NodeTask = {next: [hint('backups verify', {args: ['<backup>'], flags: {restore: true}})]}

/**
 * Restores, checks, and notes the answer in the catalog. Errors: USAGE for a logical one, those of planRestore,
 * TIMEOUT, INTERRUPTED; DISK_FULL and RESTORE_FAILED where the machine failed.
 */
export async function verifyByRestoring(
  cluster: Cluster,
  clock: Clock,
  options: VerificationOptions,
): Promise<Verification> {
  const {record, signal} = options
  if (record.kind === 'logical')
    throw new HlError(
      'USAGE',
      `backup ${record.id} is logical: no WAL leads from it, and no server is restored from it`,
      {
        next: [
          hint('backups verify', {args: [record.id]}),
          hint('backups verify', {args: ['latest'], flags: {restore: true}}),
        ],
      },
    )
  const {flushed: newest} = await flushIfPossible(cluster, clock, {refusing: null, signal, note: options.note})
  // Where a cluster that was made anew stands says nothing of the one before.
  const flushed = newest?.systemIdentifier === record.systemIdentifier ? newest : null
  const listing = await readListing(cluster, record.systemIdentifier)
  const {target, timeline} = goalOf(options, listing, flushed)
  const plan = planRestore(listing, target, {
    backup: record.id,
    ...(timeline === undefined ? {} : {timeline}),
    currentLsn: flushed?.lsn ?? null,
  })
  signal?.throwIfAborted()
  return workInNode(withoutHostFaults(await options.startNode()), signal, async node => {
    const stored: Check[] = []
    for (const part of plan.chain) stored.push(await storedCheck(cluster, part, node))
    const promised = promisedEnd(listing, plan, flushed)
    const checks = [
      ...stored,
      ...(await restoreAndAsk(node, clock, options, {
        target,
        promised,
        order: {
          systemIdentifier: listing.systemIdentifier,
          backups: plan.chain.map(({id}) => id),
          lineage: plannedLineage(listing, plan),
          segmentBytes: listing.segmentBytes,
          promised,
          settings: plan.targetSettings,
          onPhase: options.onPhase,
        },
      })),
    ]
    if (checks.some(({verdict}) => verdict !== 'pass')) await requireNoFaultInLog(node)
    if (checks.some(({name}) => name === walCheck))
      await readWal(cluster, listing, walOrders(listing), {again: true, ...(cluster.encrypted ? {opening: node} : {})})
    signal?.throwIfAborted()
    return note(cluster, clock, record.id, {
      target: describeTarget(target),
      checks,
      parents: plan.chain.slice(0, -1).map(({id}) => id),
    })
  })
}

/**
 * Everything before the recorded position and nothing at or behind it: what starts there had not been replayed when the
 * tables were read.
 */
function goalOf(
  {record, moment}: VerificationOptions,
  listing: ArchiveListing,
  flushed: Flushed | null,
): {readonly target: RestoreTarget; readonly timeline: number | undefined} {
  const lsn = moment ?? parseLsn(record.content?.lsn ?? '')
  // A drawn moment lies on the way to the present, which may not be where the content was recorded.
  const recordedOn = moment === undefined ? timelineOf(record, listing, flushed) : undefined
  return {
    target: lsn === null ? {kind: 'latest'} : {kind: 'lsn', lsn, inclusive: false},
    timeline: recordedOn ?? flushed?.timeline,
  }
}

/**
 * The one that the cluster is on, where the recorded position lies on its way; a cluster that was restored into the
 * past has left it.
 */
function timelineOf({content}: BackupRecord, listing: ArchiveListing, flushed: Flushed | null): number | undefined {
  const lsn = parseLsn(content?.lsn ?? '')
  if (content === undefined || lsn === null) return undefined
  const lineage = flushed === null ? null : lineageOf(listing, flushed.timeline)
  return lineage !== null && liesOn(lineage, content.timeline, lsn) ? flushed?.timeline : content.timeline
}

/** What is encrypted is opened in the scratch container, which has the key. */
async function storedCheck(cluster: Cluster, record: BackupRecord, node: RestoreNode): Promise<Check> {
  const answer = await checkStored(cluster, record, node)
  return {name: storedName(record.id), verdict: answer.ok ? 'pass' : 'fail', detail: answer.detail}
}

const storedName = (id: string): string => `stored ${id}`

interface Goal {
  readonly target: RestoreTarget
  readonly promised: PromisedEnd
  readonly order: Omit<Parameters<typeof runRestore>[2], 'end'>
}

async function restoreAndAsk(
  node: RestoreNode,
  clock: Clock,
  {record, moment, onPhase}: VerificationOptions,
  {target, promised, order}: Goal,
): Promise<readonly Check[]> {
  const exec: Exec = async argv => node.exec(argv, {user: 'postgres', timeoutMs: verifyMs})
  try {
    const state = await runRestore(node, clock, {...order, end: 'pause'})
    const fromMs = clock.nowMs()
    // While it is paused: after the promotion its roles and extensions are not what was replayed any more.
    const content =
      moment === undefined && record.content !== undefined ? await contentChecks(node, record.content) : []
    // It promotes itself at the end of the archive, and where PostgreSQL cannot pause it.
    if (state.isPaused) await runOnNode(node, 'promoting the restored server', ['recovery', 'promote'], task)
    const checks = [reached(state, target, promised), ...content, ...(await verifyServer(exec))]
    onPhase('verify', fromMs, clock.nowMs())
    return checks
  } catch (error) {
    if (error instanceof WalFault) return [{name: walCheck, verdict: 'fail', detail: error.message}]
    const name = error instanceof HlError && !(error instanceof HostFault) ? failedChecks[error.code] : undefined
    if (error instanceof HlError && name !== undefined) return [{name, verdict: 'fail', detail: error.message}]
    throw error
  }
}

/** Failed where the WAL behind the backup cannot be replayed. */
const walCheck = 'wal'

/**
 * What a restore ends with that began and did not get to its end, as the check that failed. BACKUP_INVALID: what was
 * copied is not what its manifest says.
 */
const failedChecks: Readonly<Partial<Record<ErrorCode, string>>> = {
  RESTORE_FAILED: 'recovery',
  BACKUP_INVALID: 'copied-bytes',
}

/** PURE: PostgreSQL's own words of where it stopped. */
function reached({endLsn, said}: RestoredState, target: RestoreTarget, {lsn, why}: PromisedEnd): Check {
  const [stopped] = said.filter(line => line.startsWith('recovery stopping'))
  if (target.kind !== 'latest')
    return {
      name: 'target-reached',
      verdict: stopped === undefined ? 'fail' : 'pass',
      detail: `${describeTarget(target)}: ${stopped ?? said.join(' / ')}`,
    }
  return {
    name: 'target-reached',
    verdict: endLsn >= lsn ? 'pass' : 'fail',
    detail: `the recovery ended at ${formatLsn(endLsn)}; ${why}`,
  }
}

interface Finding {
  readonly target: string
  readonly checks: readonly Check[]
  /** The rest of its chain, by id. */
  readonly parents: readonly string[]
}

/**
 * Read again: a person may have pinned it meanwhile. A parent whose bytes are bad is noted too: other backups build on
 * it.
 */
async function note(
  cluster: Cluster,
  clock: Clock,
  id: string,
  {target, checks, parents}: Finding,
): Promise<Verification> {
  const {encrypted} = cluster
  const records = (await readArchive(cluster)).flatMap(({backups}) => backups)
  const record = records.find(one => one.id === id)
  if (record === undefined)
    throw new HlError('BACKUP_UNKNOWN', `backup ${id} was removed while it was restored`, {
      next: [hint('backups list')],
    })
  const at = clock.wallTime()
  const stored = (backup: string): Answer | null => {
    const check = checks.find(({name}) => name === storedName(backup))
    const ok = check?.verdict === 'pass'
    return check === undefined ? null : {at, ok, detail: encrypted ? openedDetail(backup, ok) : check.detail}
  }
  for (const parent of records.filter(one => parents.includes(one.id))) {
    const answer = stored(parent.id)
    if (answer?.ok === false) await updateRecord(cluster, noteVerified(parent, answer, encrypted))
  }
  const failed = checks.filter(({verdict}) => verdict === 'fail')
  const verdict = worst(checks.map(check => check.verdict))
  const detail = `restored to ${target}: ${wordsOf(checks, encrypted)}`.slice(0, 1_000)
  const answer = {at, ok: verdict !== 'fail', detail}
  // Damaged WAL is noted of the WAL: targets before it are restored from this backup as before.
  const isOfWal = failed.length > 0 && failed.every(({name}) => name === walCheck)
  const updated: BackupRecord = isOfWal
    ? noteVerified(record, stored(id) ?? answer, encrypted)
    : {
        ...record,
        verified: {
          ...answer,
          detail: stored(id)?.detail ?? detail,
          // Neither proven nor damaged: what an earlier restore said of it is no more known than this.
          ...(verdict === 'unknown' ? {} : {restored: answer}),
        },
      }
  await updateRecord(cluster, updated)
  return {record: updated, target, ok: verdict === 'pass', verdict, checks}
}

/** PURE: what the catalog says of the checks: of an encrypted archive names alone, since words may name tables. */
function wordsOf(checks: readonly Check[], encrypted: boolean): string {
  const other = checks.filter(({verdict}) => verdict !== 'pass')
  if (other.length === 0) return `${checks.length} of ${checks.length} checks passed`
  const word = {fail: 'failed', unknown: 'could not be carried out', pass: 'passed'}
  return other
    .map(({name, verdict, detail}) => (encrypted ? `${name} ${word[verdict]}` : `${name}: ${detail}`))
    .join('; ')
}
