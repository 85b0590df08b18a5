// Takes one backup on the archive node: pg_basebackup or pg_dump into a draft, then the catalog. Invariant: a backup is
// in the catalog whole or not at all; a draft that was cut off is removed by the next one. An encrypted archive gets it
// from the node (take-encrypted.ts). Not here: which backups are there (read-archive.ts), whether an incremental one
// may be taken (catalog/chain.ts).
import {hint} from '../model/command-hint.ts'
import {backupSchemaVersion, type BackupKind, type BackupRecord} from '../model/backup.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Clock, Cluster, ExecResult} from '../model/ports.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import {psqlWords} from './ask-node.ts'
import {mustBeFull} from './catalog/chain.ts'
import {commitRecord} from './catalog/write-record.ts'
import {chooseSource} from './choose-source.ts'
import {baseBackup, copyMs, dump, dumpHashes} from './copy-programs.ts'
import {endLeft} from './end-left.ts'
import {endingSessions} from './end-sessions.ts'
import {askMs, lastLines, runFor, scriptIn} from './in-archive.ts'
import {readListing, requireArchive} from './read-archive.ts'
import {noManifest, readManifest, type ManifestFacts} from './read-manifest.ts'
import {otherDatabasesQuestion, requireCarried, tablespacesQuestion} from './require-carried.ts'
import {dumpableQuestion, requireDumpable, type Dumpable} from './require-dumpable.ts'
import {bringManifest, compressionOf, manifestOn, pushEncrypted, readEncrypted} from './take-encrypted.ts'

export interface BackupOptions {
  readonly kind: BackupKind
  /** A member by name, or by its role; absent: a standby, so that the primary is not slowed down. */
  readonly from?: string
  readonly checkpoint: 'fast' | 'spread'
  /** As pg_basebackup --compress takes it (`server-zstd:3`, `gzip`), or `none`. */
  readonly compression: string
  /** As pg_basebackup --max-rate takes it: `50M`. */
  readonly rate?: string
  readonly labels: readonly string[]
  readonly pinned: boolean
  /** Told what is going on. */
  readonly progress?: (text: string) => void
  /** Gives it up; nothing is left of it then. */
  readonly signal?: AbortSignal | undefined
}

/** What is decided before anything is copied. */
interface Draft {
  readonly id: string
  readonly kind: BackupKind
  readonly parent: string | null
  readonly node: string
  readonly systemIdentifier: string
  readonly serverVersion: string
  readonly startedAt: string
  /** In the archive: all backups of the cluster, and this one until it is whole. */
  readonly folder: string
  readonly path: string
}

/**
 * Errors: ARCHIVE_MISSING, NODE_UNKNOWN, LAB_UNHEALTHY, BACKUP_FAILED (also of what a backup does not carry); nothing
 * is left in the catalog then.
 */
export async function takeBackup(cluster: Cluster, clock: Clock, options: BackupOptions): Promise<BackupRecord> {
  const {progress, signal} = options
  requireArchive(cluster)
  if (cluster.encrypted) compressionOf(options.compression)
  signal?.throwIfAborted()
  const draft = await decide(cluster, options)
  const {folder, path, node, kind} = draft
  const dumpable = kind === 'logical' ? await lookAtContent(cluster, node, progress) : null
  if (kind !== 'logical') await requireCarried(cluster, node, await ask(cluster, node, tablespacesQuestion))
  progress?.(`${kind} backup ${draft.id} from ${node}`)
  for (const left of await endLeft(cluster)) progress?.(`ended ${left}, which a backup that was cut off had left`)
  await scriptIn(cluster, `mkdir -p ${folder} && rm -rf ${folder}/.draft-* && mkdir -p ${path}`)
  try {
    if (kind === 'incremental' || (kind === 'full' && options.checkpoint === 'fast'))
      await freshCheckpoint(cluster, clock, node, options)
    const startedMs = clock.nowMs()
    const whose = `usename = 'hl_backup'`
    const copied = await endingSessions(cluster, clock, {node, whose, signal}, async () =>
      copy(cluster, draft, {...options, hasLargeObjects: dumpable?.hasLargeObjects === true}),
    )
    const record = await recordOf(cluster, draft, options, {copied, durationMs: Math.round(clock.nowMs() - startedMs)})
    signal?.throwIfAborted()
    await commitRecord(cluster, record)
    return record
  } catch (error) {
    // What went wrong is the news, not that this did too: the next backup removes the draft.
    await scriptIn(cluster, `rm -rf ${path}`).catch(() => undefined)
    throw error
  }
}

/** A logical one of an encrypted archive is taken by the node's superuser, which may read everything. */
async function lookAtContent(
  cluster: Cluster,
  node: string,
  progress: BackupOptions['progress'],
): Promise<Dumpable | null> {
  const others = await ask(cluster, node, otherDatabasesQuestion)
  if (others !== '') progress?.(`a logical backup holds database hl and the roles; not in it: ${others}`)
  if (cluster.encrypted) return null
  const dumpable = requireDumpable(cluster, await ask(cluster, node, dumpableQuestion, 'hl'))
  if (dumpable.leftOut.length > 0) progress?.(`not in it either: ${dumpable.leftOut.join('; ')}`)
  return dumpable
}

async function decide(cluster: Cluster, {kind: wanted, from, progress}: BackupOptions): Promise<Draft> {
  const node = chooseSource(await cluster.state(), from)
  const systemIdentifier = await ask(cluster, node, 'SELECT system_identifier FROM pg_control_system()')
  const [serverVersion = '', startedAt = '', stamp = ''] = (
    await ask(
      cluster,
      node,
      `SELECT current_setting('server_version'), ${isoNow}, to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS')`,
    )
  ).split('|')
  const {backups, unreadable = []} = await readListing(cluster, systemIdentifier)
  const {parent, why} =
    wanted === 'incremental' ? await parentOf(cluster, node, backups, systemIdentifier) : {parent: null, why: null}
  if (why !== null) progress?.(`a full backup instead: ${why}`)
  const kind = wanted === 'incremental' && parent === null ? 'full' : wanted
  const id = freeId(`${stamp}-${kind}`, [...backups.map(one => one.id), ...unreadable.map(({folder: name}) => name)])
  const folder = `/archive/${systemIdentifier}/backups`
  return {
    id,
    kind,
    parent,
    node,
    systemIdentifier,
    serverVersion,
    startedAt,
    folder,
    path: `${folder}/.draft-${id}`,
  }
}

async function parentOf(
  cluster: Cluster,
  node: string,
  backups: readonly BackupRecord[],
  systemIdentifier: string,
): Promise<{readonly parent: string | null; readonly why: string | null}> {
  const timeline = Number(await ask(cluster, node, 'SELECT timeline_id FROM pg_control_checkpoint()'))
  const decided = mustBeFull(backups, {timeline, systemIdentifier})
  if (decided.full) return {parent: null, why: decided.why}
  const parent = backups.find(({id}) => id === decided.parent)
  return cluster.encrypted && parent !== undefined
    ? bringManifest(cluster, node, parent)
    : {parent: decided.parent, why: null}
}

/**
 * A standby's backup begins at the last checkpoint of the primary that it has replayed. Without a new one an
 * incremental backup is refused when little has happened since its parent, and a full one takes along, and needs, WAL
 * of minutes. So a standby that does not replay it in time is told of, and the backup is taken all the same.
 */
async function freshCheckpoint(
  cluster: Cluster,
  clock: Clock,
  node: string,
  {progress, signal}: BackupOptions,
): Promise<void> {
  const {primary} = await cluster.state()
  if (primary === null || primary === node) return
  await ask(cluster, primary, 'CHECKPOINT')
  const lsn = await ask(cluster, primary, 'SELECT pg_current_wal_lsn()')
  await awaitUntil(
    async () => {
      const replayed = await ask(cluster, node, `SELECT pg_last_wal_replay_lsn() >= '${lsn}', pg_last_wal_replay_lsn()`)
      const [isThere, at = ''] = replayed.split('|')
      return isThere === 't' ? holds(undefined) : notYet(`it has replayed up to ${at}`)
    },
    {clock, withinMs: askMs, everyMs: 100, signal, what: `${node} to replay the checkpoint of ${primary} at ${lsn}`},
  ).catch((error: unknown) => {
    signal?.throwIfAborted()
    if (!(error instanceof HlError) || error.code !== 'TIMEOUT') throw error
    progress?.(`${messageOf(error)}; the backup begins at an older checkpoint`)
  })
}

async function copy(
  cluster: Cluster,
  draft: Draft,
  options: BackupOptions & Pick<Dumpable, 'hasLargeObjects'>,
): Promise<ExecResult> {
  const {node, parent, kind, id, systemIdentifier, folder, path} = draft
  const copied = cluster.encrypted
    ? await pushEncrypted(
        cluster,
        node,
        {...options, systemIdentifier, id, logical: kind === 'logical', parent},
        copyMs,
      )
    : kind === 'logical'
      ? await dump(cluster, node, path, options)
      : await baseBackup(cluster, node, {
          ...options,
          draft: path,
          parentManifest: parent === null ? null : `${folder}/${parent}/data/backup_manifest`,
        })
  if (copied.exitCode === 0) return copied
  throw new HlError(
    'BACKUP_FAILED',
    `${kind === 'logical' ? 'pg_dump' : 'pg_basebackup'} from ${node} failed: ${lastLines(copied.stderr)}`,
    {
      next: [
        hint('status'),
        hint('logs', {args: [node], lab: cluster.lab}),
        hint('backups create', {flags: {from: 'primary'}, lab: cluster.lab}),
      ],
    },
  )
}

async function recordOf(
  cluster: Cluster,
  {id, kind, parent, node, systemIdentifier, serverVersion, startedAt, path}: Draft,
  {compression, checkpoint, labels, pinned}: BackupOptions,
  {copied, durationMs}: {readonly copied: ExecResult; readonly durationMs: number},
): Promise<BackupRecord> {
  const manifest = cluster.encrypted
    ? ([node, manifestOn(id)] as const)
    : (['archive', `${path}/data/backup_manifest`] as const)
  const facts =
    kind !== 'logical'
      ? await readManifest(cluster, ...manifest)
      : cluster.encrypted
        ? noManifest
        : await readHashes(cluster, path)
  const stored = Number(await scriptIn(cluster, `du -sb ${path}/data | cut -f1`, {timeoutMs: copyMs}))
  return {
    schemaVersion: backupSchemaVersion,
    id,
    kind,
    parent,
    lab: cluster.lab,
    systemIdentifier,
    serverVersion,
    node,
    timeline: facts.timeline,
    startLsn: facts.startLsn,
    stopLsn: facts.stopLsn,
    startedAt,
    stoppedAt: await ask(cluster, node, `SELECT ${isoNow}`),
    durationMs,
    compression: kind === 'logical' ? 'pg_dump' : compression,
    checkpoint,
    bytes: {logical: facts.bytes ?? stored, stored},
    manifestSha256: facts.sha256,
    checksumFailures: 0,
    labels,
    pinned,
    verified: null,
    ...(cluster.encrypted ? {encrypted: await readEncrypted(cluster, node, copied.stdout)} : {}),
  }
}

/** The list of hashes is the manifest of a logical one. */
async function readHashes(cluster: Cluster, path: string): Promise<ManifestFacts> {
  const sha256 = await scriptIn(cluster, `sha256sum <${path}/data/${dumpHashes} | cut -d' ' -f1`)
  return {...noManifest, sha256}
}

const isoNow = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

function freeId(wanted: string, folders: readonly string[]): string {
  const taken = new Set(folders)
  let id = wanted
  for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`
  return id
}

/**
 * One question to a node, as the role that takes backups; the archive does not know its password where it is encrypted,
 * and the node answers itself.
 */
async function ask(cluster: Cluster, node: string, sql: string, database = 'postgres'): Promise<string> {
  if (cluster.encrypted) return runFor(cluster, psqlWords(database, sql), {service: node})
  const connection = `host=${node} user=hl_backup dbname=${database} connect_timeout=5`
  return runFor(cluster, ['env', 'PGPASSFILE=/run/hl/pgpass', ...psqlWords(connection, sql)])
}
