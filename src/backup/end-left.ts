// Ends what a backup that was cut off left running: in the archive, or, where that is encrypted, on the nodes, which
// take and hand over their own. It still fills the draft, and would while that is removed. Invariant: the lab is held,
// so no other backup runs; Patroni's own base backups go on. Not here: what ends with hl itself (src/lab/docker).
import type {Cluster} from '../model/ports.ts'
import {askMs, scriptIn} from './in-archive.ts'

const backupPrograms = 'pg_basebackup|pg_dump|pg_dumpall'

/** Prints what it ended. */
const inArchive = `left=$(pgrep -x -l '${backupPrograms}' | cut -d' ' -f2 | sort -u | paste -sd' ') || :
[ -n "$left" ] || exit 0
pkill -TERM -x '${backupPrograms}' || :
for _ in $(seq 100); do pgrep -x '${backupPrograms}' >/dev/null || break; sleep 0.1; done
pkill -KILL -x '${backupPrograms}' || :
echo "$left"`

/** How the program is called on a node; a pattern that the words of whoever looks for it do not fit. */
const pushing = '[b]ackup-push-encrypted (base|dump) [0-9]'

/** By its session, which has all that it started. */
const onNode = `sessions=$(for pid in $(pgrep -f '${pushing}'); do ps -o sid= -p "$pid"; done | tr -d ' ' | sort -u | paste -sd,)
[ -n "$sessions" ] || exit 0
pkill -TERM -s "$sessions" || :
for _ in $(seq 100); do pgrep -s "$sessions" >/dev/null || break; sleep 0.1; done
pkill -KILL -s "$sessions" || :
echo backup-push-encrypted`

/** What was ended and where, in words. */
export async function endLeft(cluster: Cluster): Promise<readonly string[]> {
  const ended = async (where: string, run: () => Promise<string>): Promise<readonly string[]> => {
    const left = await run()
    return left === '' ? [] : [`${left} ${where}`]
  }
  if (!cluster.encrypted) return ended('in the archive', async () => scriptIn(cluster, inArchive))
  const all = await Promise.all(
    cluster.members.map(async member => ended(`on ${member}`, async () => endOn(cluster, member))),
  )
  return all.flat()
}

/** Nothing runs on a member that is down. */
async function endOn(cluster: Cluster, member: string): Promise<string> {
  const options = {user: 'postgres', timeoutMs: askMs}
  const answer = await cluster.exec(member, ['sh', '-uc', onNode], options).catch(() => null)
  return answer?.stdout.trim() ?? ''
}
