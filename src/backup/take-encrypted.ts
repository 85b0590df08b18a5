// The part of taking a backup that an encrypted archive changes: the node itself takes it, encrypts it and hands it
// over. Invariant: nothing of the content passes through the archive node or through hl in plain; what hl learns is the
// manifest's summary and hashes. Not here: what every backup needs (take-backup.ts), opening it (restore/).
import type {BackupRecord} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster, ExecResult} from '../model/ports.ts'

export interface EncryptedOrder {
  readonly systemIdentifier: string
  readonly id: string
  /** pg_dump instead of pg_basebackup. */
  readonly logical: boolean
  /** As --compress takes it. */
  readonly compression: string
  readonly checkpoint: 'fast' | 'spread'
  readonly rate?: string | undefined
  readonly parent: string | null
}

/** Each node keeps the manifests of the backups that it took: the archive cannot read its own. */
const manifests = '/var/lib/postgresql/manifests'
const askMs = 30_000

/** Where a node keeps the manifest of a backup that it took. */
export const manifestOn = (id: string): string => `${manifests}/${id}`

/**
 * What pg_basebackup --compress takes, as a program and its level; `server-` and `client-` are the same here, since
 * both are the node. USAGE for anything else.
 */
export function compressionOf(text: string): {
  readonly method: 'none' | 'gzip' | 'lz4' | 'zstd'
  readonly level: number
} {
  const [, name, level] = /^(?:(?:client|server)-)?(none|gzip|lz4|zstd)(?::(?:level=)?(\d{1,2}))?$/.exec(text) ?? []
  const method = (['none', 'gzip', 'lz4', 'zstd'] as const).find(word => word === name)
  const most = {none: 0, gzip: 9, lz4: 12, zstd: 19}
  const usual = {none: 0, gzip: 6, lz4: 1, zstd: 3}
  const wanted = method === undefined ? Number.NaN : level === undefined ? usual[method] : Number(level)
  if (method === undefined || !(wanted <= most[method]) || (wanted === 0 && method !== 'none'))
    throw new HlError('USAGE', `--compress ${text} is not possible in an encrypted archive`, {
      next: ['none, or gzip:1 to gzip:9, lz4:1 to lz4:12, zstd:1 to zstd:19'],
    })
  return {method, level: wanted}
}

/** Takes it on the node and hands it to the archive, where the draft must be. Its stdout is for readEncrypted. */
export async function pushEncrypted(
  cluster: Cluster,
  node: string,
  {systemIdentifier, id, logical, compression, checkpoint, rate, parent}: EncryptedOrder,
  timeoutMs: number,
): Promise<ExecResult> {
  const {method, level} = compressionOf(compression)
  const argv = logical
    ? ['dump', systemIdentifier, id, 'none', '0']
    : [
        'base',
        systemIdentifier,
        id,
        method,
        String(level),
        '-c',
        checkpoint,
        ...(rate === undefined ? [] : [`--max-rate=${rate}`]),
        ...(parent === null ? [] : [`--incremental=${manifestOn(parent)}`]),
      ]
  return cluster.exec(node, ['backup-push-encrypted', ...argv], {user: 'postgres', timeoutMs, bound: true})
}

/**
 * What the catalog says of a encrypted backup: for whom it is encrypted, and the hash of what the archive holds.
 * BACKUP_FAILED when node and archive do not agree.
 */
export async function readEncrypted(
  cluster: Cluster,
  node: string,
  stdout: string,
): Promise<NonNullable<BackupRecord['encrypted']>> {
  const [, sha256] = /^([0-9a-f]{64}) \d+$/m.exec(stdout) ?? []
  const {exitCode, stdout: recipient} = await cluster.exec(node, ['cat', '/run/hl/archive-keys/recipient'], {
    user: 'postgres',
    timeoutMs: askMs,
  })
  if (sha256 === undefined || exitCode !== 0)
    throw new HlError('BACKUP_FAILED', `${node} does not say what it handed over: ${stdout.slice(0, 200)}`, {
      next: ['take it again'],
    })
  return {recipient: recipient.trim(), sha256}
}

/**
 * Brings the manifest of the parent to the node that takes an incremental backup, from whichever member has it; none
 * has it: `why` a full one is needed.
 */
export async function bringManifest(
  cluster: Cluster,
  node: string,
  parent: Pick<BackupRecord, 'id' | 'manifestSha256'>,
): Promise<{readonly parent: string | null; readonly why: string | null}> {
  for (const member of [node, ...cluster.members.filter(name => name !== node)]) {
    const sum = await onMember(cluster, member, ['sha256sum', manifestOn(parent.id)])
    if (sum?.stdout.split(' ')[0] !== parent.manifestSha256) continue
    if (member === node) return {parent: parent.id, why: null}
    const text = await onMember(cluster, member, ['cat', manifestOn(parent.id)])
    const written =
      text === null
        ? null
        : await onMember(
            cluster,
            node,
            ['sh', '-euc', `umask 077; mkdir -p ${manifests}; cat >${manifestOn(parent.id)}`],
            text.stdout,
          )
    if (written !== null) return {parent: parent.id, why: null}
  }
  return {
    parent: null,
    why: `no node has the manifest of ${parent.id} any more, and nothing but the key opens the one in the archive`,
  }
}

/** null: it did not work, for whatever reason; a member may be down. */
async function onMember(
  cluster: Cluster,
  member: string,
  argv: readonly string[],
  stdin?: string,
): Promise<ExecResult | null> {
  try {
    const result = await cluster.exec(member, argv, {
      user: 'postgres',
      timeoutMs: askMs,
      ...(stdin === undefined ? {} : {stdin}),
    })
    return result.exitCode === 0 ? result : null
  } catch (error) {
    if (error instanceof HlError) return null
    throw error
  }
}
