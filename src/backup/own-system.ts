// Which of the systems in an archive that all shards of a lab share is a shard's own. Invariant: nobody guesses; who
// knows best is asked first, since each of them can be lost. Not here: reading the archive (read-archive.ts).
import {hint} from '../model/command-hint.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

const askMs = 15_000
const controlData = ['/usr/lib/postgresql/17/bin/pg_controldata', '-D', '/var/lib/postgresql/data']
/** Patroni keeps the identifier of the cluster that it made there. Source: Patroni, AbstractDCS, `initialize`. */
const initialized =
  '. /run/hl-secrets/secrets.env; ETCDCTL_USER="patroni:$ETCD_PATRONI_PASSWORD"; export ETCDCTL_USER; ' +
  'etcdctl --dial-timeout=5s get --print-value-only "/service/$1/initialize"'

/**
 * Of a shard: as the data of any of its members says it, whether or not PostgreSQL runs; else as its DCS does; else
 * that of the newest backup that was taken from one of its members. Errors: LAB_UNHEALTHY when nobody tells.
 */
export async function ownSystem(cluster: Cluster, listings: readonly ArchiveListing[]): Promise<string> {
  const found = (await ofMembers(cluster)) ?? (await ofDcs(cluster)) ?? ofBackups(cluster, listings)
  if (found !== null) return found
  throw new HlError(
    'LAB_UNHEALTHY',
    `neither a member of shard ${cluster.name} of lab ${cluster.lab} nor its etcd nor a backup tells which part of the ` +
      'archive is its own',
    {next: [hint('status', {lab: cluster.lab}), hint('faults heal', {flags: {all: true}, lab: cluster.lab})]},
  )
}

async function ofMembers(cluster: Cluster): Promise<string | null> {
  for (const member of cluster.members) {
    // A container that does not run answers with an error, and the next one may.
    const said = await cluster.exec(member, controlData, {user: 'postgres', timeoutMs: askMs}).catch(() => null)
    const found = /^Database system identifier:\s*(\d+)$/m.exec(said?.stdout ?? '')?.[1]
    if (found !== undefined) return found
  }
  return null
}

async function ofDcs(cluster: Cluster): Promise<string | null> {
  for (const member of cluster.dcsMembers) {
    const argv = ['sh', '-euc', initialized, 'initialized', cluster.name]
    const said = await cluster.exec(member, argv, {user: 'root', timeoutMs: askMs}).catch(() => null)
    const found = /^(\d+)$/m.exec(said?.stdout ?? '')?.[1]
    if (found !== undefined) return found
  }
  return null
}

/** PURE. */
function ofBackups({members}: Pick<Cluster, 'members'>, listings: readonly ArchiveListing[]): string | null {
  const own = listings.flatMap(({backups}) => backups).filter(({node}) => members.includes(node))
  return own.toSorted((a, b) => b.stoppedAt.localeCompare(a.stoppedAt))[0]?.systemIdentifier ?? null
}
