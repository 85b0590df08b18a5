// Proves a backup by restoring it apart, and asking the server that comes of it. Invariants: what was refused before anything was restored is an error and no verdict on the backup;
// what went wrong from then on is a failed check; the scratch container goes in any case. Not here: which backup and which moment (draw-moment.ts), the container (src/cluster/lab).
import type {ArchiveListing, BackupRecord, RestoreTarget} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Clock, Cluster, RestoreNode} from '../../model/ports.ts'
import type {Check} from '../../model/verdict.ts'
import {compareContent} from '../content/compare-content.ts'
import {contentSql, parseContent} from '../content/content-sql.ts'
import {flushWal, type Flushed} from '../flush-wal.ts'
import {readArchive, readListing} from '../read-archive.ts'
import {describeTarget} from '../restore/parse-target.ts'
import {planRestore} from '../restore/plan-restore.ts'
import {wayOf} from '../restore/restore-data.ts'
import {runRestore, type RestoredState, type RestorePhase} from '../restore/run-restore.ts'
import {verifyServer, type Exec} from '../restore/verify-restored.ts'
import {updateRecord} from '../take-backup.ts'
import {checkStored} from '../verify-backup.ts'
import {lineage, liesOn} from '../wal/timeline-history.ts'

export interface ProofOptions {
  readonly record: BackupRecord
  /** Absent: where its content was recorded, otherwise the end of the archive. */
  readonly moment?: Lsn
  /** An empty scratch container. */
  readonly startNode: () => Promise<RestoreNode>
  readonly onPhase: (phase: RestorePhase | 'verify', fromMs: number, toMs: number) => void
  readonly signal?: AbortSignal
}

export interface Proof {
  /** As the catalog has it now. */
  readonly record: BackupRecord
  /** For a person. */
  readonly target: string
  readonly ok: boolean
  readonly checks: readonly Check[]
}

const flushMs = 60_000
const askMs = 6 * 3_600_000

/** Restores, checks, and notes the answer in the catalog. Errors: USAGE for a logical one, those of planRestore, TIMEOUT, INTERRUPTED. */
export async function proveBackup(cluster: Cluster, clock: Clock, options: ProofOptions): Promise<Proof> {
  const {record, signal} = options
  if (record.kind === 'logical') throw new HlError('USAGE', `backup ${record.id} is logical: no WAL leads from it, and no server is restored from it`, {next: [`hl backups verify ${record.id}`, 'hl backups verify latest --restore']})
  const flushed = await flushWal(cluster, clock, flushMs)
  const listing = await readListing(cluster, record.systemIdentifier)
  const {target, timeline} = goalOf(options, flushed, timelineOf(record, listing, flushed))
  const plan = planRestore(listing, target, {backup: record.id, ...(timeline === undefined ? {} : {timeline}), currentLsn: flushed?.lsn ?? null})
  signal?.throwIfAborted()
  const node = await options.startNode()
  const gone = (): void => void node.remove().catch(() => undefined)
  signal?.addEventListener('abort', gone, {once: true})
  try {
    const stored: Check[] = []
    for (const part of plan.chain) stored.push(await storedCheck(cluster, part, node))
    const checks = [...stored, ...(await restoreAndAsk(node, clock, options, {target, flushed, order: {systemIdentifier: listing.systemIdentifier, backups: plan.chain.map(({id}) => id), way: wayOf(listing, plan), segmentBytes: listing.segmentBytes, settings: plan.targetSettings, onPhase: options.onPhase}}))]
    signal?.throwIfAborted()
    return await note(cluster, clock, record.id, {target: describeTarget(target), checks})
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', gone)
    await node.remove()
  }
}

/** Everything before the recorded position and nothing at or behind it: what starts there had not been replayed when the tables were read. */
function goalOf({record: {content}, moment}: ProofOptions, flushed: Flushed | null, timeline: number | undefined): {readonly target: RestoreTarget; readonly timeline: number | undefined} {
  const lsn = moment ?? parseLsn(content?.lsn ?? '')
  return {target: lsn === null ? {kind: 'latest'} : {kind: 'lsn', lsn, inclusive: false}, timeline: timeline ?? flushed?.timeline}
}

/** The one that the cluster is on, where the recorded position lies on its way; a cluster that was restored into the past has left it. */
function timelineOf({content, systemIdentifier}: BackupRecord, listing: ArchiveListing, flushed: Flushed | null): number | undefined {
  const lsn = parseLsn(content?.lsn ?? '')
  if (content === undefined || lsn === null) return undefined
  const way = flushed?.systemIdentifier === systemIdentifier ? lineage(listing, flushed.timeline) : null
  return way !== null && liesOn(way, content.timeline, lsn) ? flushed?.timeline : content.timeline
}

/** What is sealed is opened in the scratch container, which has the key. */
async function storedCheck(cluster: Cluster, record: BackupRecord, node: RestoreNode): Promise<Check> {
  const {ok, detail} = await checkStored(cluster, record, node)
  return {name: `stored ${record.id}`, verdict: ok ? 'pass' : 'fail', detail}
}

interface Goal {
  readonly target: RestoreTarget
  readonly flushed: Flushed | null
  readonly order: Omit<Parameters<typeof runRestore>[2], 'end'>
}

async function restoreAndAsk(node: RestoreNode, clock: Clock, {record, moment, onPhase}: ProofOptions, {target, flushed, order}: Goal): Promise<readonly Check[]> {
  const exec: Exec = async argv => node.exec(argv, {user: 'postgres', timeoutMs: askMs})
  try {
    const state = await runRestore(node, clock, {...order, end: 'pause'})
    const fromMs = clock.nowMs()
    const recorded = moment === undefined ? record.content : undefined
    // While it is paused: after the promotion its roles and extensions are not what was replayed any more.
    const content = recorded === undefined ? [] : compareContent(recorded, parseContent(await output(node, 'reading the tables', ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', 'hl', '-f', '-'], contentSql)))
    if (target.kind !== 'latest') await output(node, 'the promotion', ['recovery', 'promote'])
    const checks = [reached(state, target, flushed), ...content, ...(await verifyServer(exec))]
    onPhase('verify', fromMs, clock.nowMs())
    return checks
  } catch (error) {
    // What the host did to it says nothing of the backup.
    if (error instanceof HlError && /No space left on device|killed|out of memory/i.test(error.message)) throw error
    if (error instanceof HlError && (error.code === 'RESTORE_FAILED' || error.code === 'BACKUP_INVALID')) return [{name: 'recovery', verdict: 'fail', detail: error.message}]
    throw error
  }
}

/** PURE: PostgreSQL's own words of where it stopped; without a target, all that the primary had written when the restore was asked for. */
function reached({endLsn, said}: RestoredState, target: RestoreTarget, flushed: Flushed | null): Check {
  const [stopped] = said.filter(line => line.startsWith('recovery stopping'))
  if (target.kind !== 'latest') return {name: 'target-reached', verdict: stopped === undefined ? 'fail' : 'pass', detail: `${describeTarget(target)}: ${stopped ?? said.join(' / ')}`}
  const enough = flushed === null || endLsn >= flushed.lsn
  return {name: 'target-reached', verdict: enough ? 'pass' : 'fail', detail: `the recovery ended at ${formatLsn(endLsn)}${flushed === null ? '' : `; the primary had written up to ${formatLsn(flushed.lsn)}`}`}
}

async function output(node: RestoreNode, what: string, argv: readonly string[], stdin?: string): Promise<string> {
  const {exitCode, stdout, stderr} = await node.exec(argv, {user: 'postgres', timeoutMs: askMs, ...(stdin === undefined ? {} : {stdin})})
  if (exitCode === 0) return stdout
  throw new HlError('RESTORE_FAILED', `${what} failed: ${stderr.trim().split('\n').slice(-4).join(' / ')}`, {next: ['hl backups verify <backup> --restore']})
}

/** Read again: a person may have pinned it meanwhile. */
async function note(cluster: Cluster, clock: Clock, id: string, {target, checks}: Pick<Proof, 'target' | 'checks'>): Promise<Proof> {
  const failed = checks.filter(({verdict}) => verdict !== 'pass')
  const ok = failed.length === 0
  const detail = ok ? `restored to ${target}: ${checks.length} of ${checks.length} checks passed` : `restored to ${target}: ${failed.map(check => `${check.name}: ${check.detail}`).join('; ')}`.slice(0, 1_000)
  const record = await current(cluster, id)
  const stored = checks.find(({name}) => name === `stored ${id}`)
  const at = clock.wallTime()
  const updated: BackupRecord = {...record, verified: {at, ok, detail: stored?.detail ?? detail, restored: {at, ok, detail}}}
  await updateRecord(cluster, updated)
  return {record: updated, target, ok, checks}
}

async function current(cluster: Cluster, id: string): Promise<BackupRecord> {
  const found = (await readArchive(cluster)).flatMap(({backups}) => backups).find(record => record.id === id)
  if (found === undefined) throw new HlError('BACKUP_UNKNOWN', `backup ${id} was removed while it was restored`, {next: ['hl backups list']})
  return found
}
