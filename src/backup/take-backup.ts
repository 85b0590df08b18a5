// Takes one backup on the archive node: pg_basebackup or pg_dump into a draft, then the catalog. Invariant: a backup is
// in the catalog whole or not at all; a draft that was cut off is removed by the next one. An encrypted archive gets it
// from the node, sealed (take-encrypted.ts). Not here: which backups are there (read-archive.ts), whether an incremental
// one may be taken (catalog/chain.ts).
import {backupSchemaVersion, type BackupKind, type BackupRecord} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster, ExecResult} from '../model/ports.ts'
import {mustBeFull} from './catalog/chain.ts'
import {chooseSource} from './choose-source.ts'
import {readListing, requireArchive} from './read-archive.ts'
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
}

/** Long enough for a lab's data at a low rate. */
const copyMs = 4 * 3_600_000
const askMs = 30_000

/** Errors: ARCHIVE_MISSING, NODE_UNKNOWN, LAB_UNHEALTHY, BACKUP_FAILED; nothing is left in the catalog then. */
export async function takeBackup(cluster: Cluster, clock: Clock, options: BackupOptions): Promise<BackupRecord> {
  requireArchive(cluster)
  if (cluster.encrypted) compressionOf(options.compression)
  const node = chooseSource(await cluster.state(), options.from)
  const system = await ask(cluster, node, 'SELECT system_identifier FROM pg_control_system()')
  const [serverVersion = '', startedAt = '', stamp = ''] = (
    await ask(
      cluster,
      node,
      `SELECT current_setting('server_version'), ${isoNow}, to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS')`,
    )
  ).split('|')
  const listing = await readListing(cluster, system)
  const {parent, why} =
    options.kind === 'incremental' ? await parentOf(cluster, node, listing.backups, system) : {parent: null, why: null}
  if (why !== null) options.progress?.(`a full backup instead: ${why}`)
  const kind = options.kind === 'incremental' && parent === null ? 'full' : options.kind
  const id = freeId(`${stamp}-${kind}`, listing.backups)
  const folder = `/archive/${system}/backups`
  const draft = `${folder}/.draft-${id}`
  options.progress?.(`${kind} backup ${id} from ${node}`)
  await shell(cluster, `mkdir -p ${folder} && rm -rf ${folder}/.draft-* && mkdir -p ${draft}`, askMs)
  if (kind === 'incremental' || (kind === 'full' && options.checkpoint === 'fast'))
    await freshCheckpoint(cluster, clock, node)
  const startedMs = clock.nowMs()
  const copied = cluster.encrypted
    ? await pushEncrypted(
        cluster,
        node,
        {...options, systemIdentifier: system, id, logical: kind === 'logical', parent},
        copyMs,
      )
    : kind === 'logical'
      ? await dump(cluster, node, draft)
      : await copy(cluster, node, draft, parent === null ? null : `${folder}/${parent}/data/backup_manifest`, options)
  if (copied.exitCode !== 0) {
    await shell(cluster, `rm -rf ${draft}`, askMs)
    throw new HlError(
      'BACKUP_FAILED',
      `${kind === 'logical' ? 'pg_dump' : 'pg_basebackup'} from ${node} failed: ${lastLines(copied.stderr)}`,
      {
        next: [
          'hl status',
          `hl logs ${node} --lab ${cluster.lab}`,
          `hl backups create --from primary --lab ${cluster.lab}`,
        ],
      },
    )
  }
  const durationMs = Math.round(clock.nowMs() - startedMs)
  const manifest = cluster.encrypted
    ? ([node, manifestOn(id)] as const)
    : (['archive', `${draft}/data/backup_manifest`] as const)
  const facts =
    kind === 'logical'
      ? noFacts
      : await manifestFacts(cluster, ...manifest).catch(async (error: unknown) => {
          await shell(cluster, `rm -rf ${draft}`, askMs)
          throw error
        })
  const stored = Number(await shell(cluster, `du -sb ${draft}/data | cut -f1`, copyMs))
  const record: BackupRecord = {
    schemaVersion: backupSchemaVersion,
    id,
    kind,
    parent,
    lab: cluster.lab,
    systemIdentifier: system,
    serverVersion,
    node,
    timeline: facts.timeline,
    startLsn: facts.startLsn,
    stopLsn: facts.stopLsn,
    startedAt,
    stoppedAt: await ask(cluster, node, `SELECT ${isoNow}`),
    durationMs,
    compression: kind === 'logical' ? 'pg_dump' : options.compression,
    checkpoint: options.checkpoint,
    bytes: {logical: facts.bytes ?? stored, stored},
    manifestSha256: facts.sha256,
    checksumFailures: 0,
    labels: options.labels,
    pinned: options.pinned,
    verified: null,
    ...(cluster.encrypted ? {sealed: await readEncrypted(cluster, node, copied.stdout)} : {}),
  }
  await commit(cluster, record)
  return record
}

/** Writes backup.json of a backup that is in the catalog again: pinned, labelled, verified. */
export async function updateRecord(cluster: Cluster, record: BackupRecord): Promise<void> {
  await must(cluster, ['backup-commit', '--record', record.systemIdentifier, record.id], askMs, {
    stdin: JSON.stringify(record, null, 2),
  })
}

async function commit(cluster: Cluster, record: BackupRecord): Promise<void> {
  await must(cluster, ['backup-commit', record.systemIdentifier, record.id], copyMs, {
    stdin: JSON.stringify(record, null, 2),
  })
}

const isoNow = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

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
 * incremental backup is refused when little has happened since its
 * parent, and a full one takes along, and needs, WAL of minutes.
 */
async function freshCheckpoint(cluster: Cluster, clock: Clock, node: string): Promise<void> {
  const {primary} = await cluster.state()
  if (primary === null || primary === node) return
  await ask(cluster, primary, 'CHECKPOINT')
  const lsn = await ask(cluster, primary, 'SELECT pg_current_wal_lsn()')
  const untilMs = clock.nowMs() + askMs
  while ((await ask(cluster, node, `SELECT pg_last_wal_replay_lsn() >= '${lsn}'`)) !== 't' && clock.nowMs() < untilMs)
    await clock.wait(100)
}

/**
 * WAL is in the backup too, so that it can be restored to its own end even when the archive has lost everything else.
 */
async function copy(
  cluster: Cluster,
  node: string,
  draft: string,
  parentManifest: string | null,
  {checkpoint, compression, rate}: BackupOptions,
): Promise<ExecResult> {
  const form = compression === 'none' ? ['-F', 'plain'] : ['-F', 'tar', `--compress=${compression}`]
  return cluster.exec(
    'archive',
    [
      'env',
      'PGPASSFILE=/run/hl/pgpass',
      'pg_basebackup',
      '-d',
      `host=${node} user=hl_backup connect_timeout=5 application_name=hl_backup`,
      '-D',
      `${draft}/data`,
      ...form,
      '-c',
      checkpoint,
      '-X',
      'stream',
      '--manifest-checksums=SHA256',
      '--no-password',
      ...(rate === undefined ? [] : [`--max-rate=${rate}`]),
      ...(parentManifest === null ? [] : [`--incremental=${parentManifest}`]),
    ],
    {user: 'postgres', timeoutMs: copyMs},
  )
}

/**
 * The directory format, by two jobs, and what belongs to no database. Passwords are not in it: only a superuser may
 * read them.
 */
async function dump(cluster: Cluster, node: string, draft: string): Promise<ExecResult> {
  const connection = `host=${node} user=hl_backup connect_timeout=5`
  return cluster.exec(
    'archive',
    [
      'sh',
      '-euc',
      `export PGPASSFILE=/run/hl/pgpass; mkdir ${draft}/data; pg_dumpall -w --globals-only --no-role-passwords -d "${connection} dbname=postgres" >${draft}/data/globals.sql; pg_dump -w -F directory -j 2 -f ${draft}/data/hl -d "${connection} dbname=hl"`,
    ],
    {user: 'postgres', timeoutMs: copyMs},
  )
}

interface ManifestFacts {
  readonly timeline: number | null
  readonly startLsn: string | null
  readonly stopLsn: string | null
  readonly bytes: number | null
  readonly sha256: string | null
}

const noFacts: ManifestFacts = {timeline: null, startLsn: null, stopLsn: null, bytes: null, sha256: null}

/** The manifest says which WAL is needed, and how large the files are before compression. */
async function manifestFacts(cluster: Cluster, service: string, manifest: string): Promise<ManifestFacts> {
  const text = await must(
    cluster,
    [
      'sh',
      '-euc',
      `sha256sum <${manifest} | cut -d' ' -f1; grep -o '"Size": [0-9]*' ${manifest} | awk '{sum += $2} END {printf "%.0f\\n", sum}'; grep -o '{ "Timeline".*}' ${manifest}`,
    ],
    askMs,
    {service},
  )
  const [sha256 = '', bytes = '', ...ranges] = text.split('\n')
  // Two ranges: the timeline switched meanwhile, and where such a backup begins is on another one than where it ends.
  if (ranges.length > 1)
    throw new HlError('BACKUP_FAILED', 'there was a failover while the backup was taken, and it spans two timelines', {
      next: ['take it again'],
    })
  const range = /"Timeline": (\d+), "Start-LSN": "([0-9A-F/]+)", "End-LSN": "([0-9A-F/]+)"/.exec(ranges[0] ?? '')
  if (range === null)
    throw new HlError('BACKUP_FAILED', `the manifest of the backup names no WAL: ${text.slice(0, 300)}`, {
      next: ['take it again'],
    })
  return {
    timeline: Number(range[1]),
    startLsn: range[2] ?? null,
    stopLsn: range[3] ?? null,
    bytes: Number(bytes),
    sha256,
  }
}

function freeId(wanted: string, backups: readonly BackupRecord[]): string {
  const taken = new Set(backups.map(({id}) => id))
  let id = wanted
  for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`
  return id
}

/**
 * One question to a node, as the role that takes backups; the archive does not know its password where it is encrypted,
 * and the node answers itself.
 */
async function ask(cluster: Cluster, node: string, sql: string): Promise<string> {
  if (cluster.encrypted)
    return must(cluster, ['psql', '-X', '-A', '-t', '-w', '-d', 'postgres', '-c', sql], askMs, {service: node})
  return must(
    cluster,
    [
      'env',
      'PGPASSFILE=/run/hl/pgpass',
      'psql',
      '-X',
      '-A',
      '-t',
      '-w',
      '-d',
      `host=${node} user=hl_backup dbname=postgres connect_timeout=5`,
      '-c',
      sql,
    ],
    askMs,
  )
}

async function shell(cluster: Cluster, script: string, timeoutMs: number): Promise<string> {
  return must(cluster, ['sh', '-euc', script], timeoutMs)
}

async function must(
  cluster: Cluster,
  argv: readonly string[],
  timeoutMs: number,
  {stdin, service = 'archive'}: {readonly stdin?: string; readonly service?: string} = {},
): Promise<string> {
  const {exitCode, stdout, stderr} = await cluster.exec(service, argv, {
    user: 'postgres',
    timeoutMs,
    ...(stdin === undefined ? {} : {stdin}),
  })
  if (exitCode === 0) return stdout.trim()
  throw new HlError(
    'BACKUP_FAILED',
    `${argv[0] === 'env' ? 'psql' : (argv[0] ?? '')} in the ${service === 'archive' ? 'archive node' : `node ${service}`} failed: ${lastLines(stderr)}`,
    {next: [`hl logs ${service} --lab ${cluster.lab}`, 'hl status']},
  )
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' / ')
}
