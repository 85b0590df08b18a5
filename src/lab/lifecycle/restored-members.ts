// What the other members, etcd and the archive have to learn when a cluster's data was replaced. Not here: replacing it
// (in-place-lab.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError, messageOf} from '../../model/errors.ts'
import {soleCluster} from '../../model/topology.ts'
import type {ConnectedLab} from './connect-lab.ts'

const data = '/var/lib/postgresql/data'

/**
 * The others are rebuilt: what they hold belongs to a timeline that is left. One that cannot be keeps no other from it.
 * LAB_UNHEALTHY names those.
 */
export async function rebuildOthers({cluster}: ConnectedLab, members: readonly string[]): Promise<void> {
  const failed = (
    await Promise.all(
      members.map(async name => {
        try {
          await cluster.wipe(name)
          await cluster.start(name)
          return []
        } catch (cause) {
          return [{name, cause}]
        }
      }),
    )
  ).flat()
  if (failed.length === 0) return
  throw new HlError(
    'LAB_UNHEALTHY',
    `not rebuilt: ${failed.map(({name, cause}) => `${name} (${messageOf(cause)})`).join(', ')}`,
    {next: failed.map(({name}) => hint('nodes rebuild', {args: [name], lab: cluster.lab})), cause: failed[0]?.cause},
  )
}

/**
 * The restore promoted where nothing archives. Without its history a later restore would not see that number as taken,
 * and give it out again.
 */
export async function archiveHistories({cluster}: ConnectedLab, member: string): Promise<void> {
  const push = cluster.encrypted ? 'archive-push-encrypted' : 'archive-push'
  // A folder of its own for what is encrypted: the archiver is at work too, and removes what lies in the usual one.
  const script =
    `cd ${data}; TMPDIR=$(mktemp -d); export TMPDIR; trap 'rm -rf "$TMPDIR"' EXIT; for file in pg_wal/*.history; do ` +
    `[ -e "$file" ] || continue; ${push} "$file" "$(basename "$file")"; done`
  const {exitCode, stderr} = await cluster.exec(member, ['sh', '-euc', script], {user: 'postgres', timeoutMs: 60_000})
  if (exitCode === 0) return
  const others = cluster.members.filter(name => name !== member)
  throw new HlError(
    'RESTORE_FAILED',
    `the restored data is in use on ${member}, but the history of its timeline could not be archived, so that a ` +
      `later restore may give its number out again: ${stderr.trim().slice(-300)}`,
    {
      next: [
        hint('logs', {args: ['archive'], lab: cluster.lab}),
        hint('logs', {args: [member], lab: cluster.lab}),
        ...others.map(name => hint('nodes rebuild', {args: [name], lab: cluster.lab})),
      ],
    },
  )
}

/** As the image's forget-leader, which is about the sole cluster: of a shard, whose Patroni scope is its name. */
const forgetScope =
  '. /run/hl-secrets/secrets.env; ETCDCTL_USER="patroni:$ETCD_PATRONI_PASSWORD"; export ETCDCTL_USER; ' +
  'for key in leader status sync history failover; do etcdctl --dial-timeout=5s del "/service/$1/$key" >/dev/null; done'

/** Patroni makes nobody a primary who is behind what the DCS says of the last one. Any member of the DCS will do. */
export async function forgetLeader({cluster}: ConnectedLab): Promise<void> {
  const {name} = cluster
  const argv = name === soleCluster ? ['forget-leader'] : ['sh', '-euc', forgetScope, 'forget', name]
  let said = 'there is no member'
  for (const member of cluster.dcsMembers) {
    const {exitCode, stderr} = await cluster
      .exec(member, argv, {user: 'root', timeoutMs: 30_000})
      .catch((error: unknown) => ({exitCode: 1, stderr: messageOf(error)}))
    if (exitCode === 0) return
    said = stderr.trim().slice(-300)
  }
  throw new HlError('RESTORE_FAILED', `etcd does not forget the old primary: ${said}`, {
    next: [hint('status', {lab: cluster.lab}), hint('faults heal', {flags: {all: true}, lab: cluster.lab})],
  })
}
