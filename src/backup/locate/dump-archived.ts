// Lines of pg_waldump over the WAL of a way, from the archive node, before anything is made for a restore. Invariant:
// it only reads; what cannot be read to its end is no answer. An encrypted archive cannot be read there. Not here:
// what the lines mean (target-record.ts), the same in a restore container (read-wal.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import type {Cluster} from '../../model/ports.ts'
import type {PhysicalBackup} from '../catalog/physical-backups.ts'
import {lineageOf} from '../wal/timeline-history.ts'
import {namesAlong, readingEnd} from './read-wal.ts'
import type {TargetFilter} from './target-record.ts'

/** WAL without a gap behind a backup. */
export interface Stretch {
  readonly backup: PhysicalBackup
  readonly fromLsn: Lsn
  /** null: one record is enough. */
  readonly toLsn: Lsn | null
  /** Behind it lies a file that is not complete, if anything. */
  readonly wholeTo: Lsn
}

export const dumpMs = 1_800_000

/** null: it cannot be read. `filter` null: records of any kind. */
export async function dumpArchived(
  cluster: Cluster,
  listing: ArchiveListing,
  {
    timeline,
    stretch: {backup, fromLsn, toLsn, wholeTo},
    filter,
  }: {readonly timeline: number; readonly stretch: Stretch; readonly filter: TargetFilter | null},
): Promise<string | null> {
  const lineage = lineageOf(listing, timeline) ?? []
  const from = {timeline: backup.timeline, lsn: backup.startLsn, atMs: 0}
  const names = namesAlong({listing, from, lineage})
  const {managers, variables, awk} = filter ?? {managers: [], variables: {}, awk: '{print}'}
  const given = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
  const argv = [
    ...['env', 'TZ=UTC', 'bash', '-euc', script, 'bash'],
    `/archive/${listing.systemIdentifier}/wal`,
    String(given.length),
    ...given,
    awk,
    ...['-t', String(timeline), `--start=${formatLsn(fromLsn)}`],
    toLsn === null ? '--limit=1' : `--end=${formatLsn(toLsn)}`,
    ...managers.map(name => `--rmgr=${name}`),
  ]
  const {exitCode, stdout, stderr} = await cluster.exec('archive', argv, {
    user: 'postgres',
    timeoutMs: dumpMs,
    stdin: names.map(({file, name}) => `${file} ${name}\n`).join(''),
  })
  return exitCode === 0 || readingEnd(stderr, wholeTo) === 'all' ? stdout : null
}

/** One that is cut off behind what was wanted has done its work. */
const script = `wal=$1; count=$2; shift 2
variables=("\${@:1:count}"); shift "$count"
program=$1; shift
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
while read -r file name; do ln -s "$wal/$file" "$folder/$name"; done
set +e
pg_waldump -p "$folder" "$@" | awk "\${variables[@]}" "$program"
status=\${PIPESTATUS[0]}
[ "$status" = 141 ] || exit "$status"`
