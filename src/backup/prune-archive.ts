// Removes what retention decided. Invariant: backups go before the WAL that only they needed, and a folder loses its
// name first, so a crash half way leaves no half backup in the catalog. Not here: the decision (catalog/retention.ts).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

export interface Removal {
  readonly systemIdentifier: string
  readonly backups: readonly string[]
  /** Names of WAL files. */
  readonly wal: readonly string[]
}

const withinMs = 600_000

/** Throws BACKUP_FAILED with what the archive said; what was removed by then stays removed. */
export async function pruneArchive(cluster: Cluster, {systemIdentifier, backups, wal}: Removal): Promise<void> {
  const folder = `/archive/${systemIdentifier}`
  const script =
    `cd ${folder}/backups 2>/dev/null && while read -r id && [ -n "$id" ]; do mv -T "$id" ".draft-gone-$id" && sync ` +
    `. && rm -rf ".draft-gone-$id" || exit 1; done; cd ${folder}/wal 2>/dev/null && xargs -r rm -f --`
  // A seal goes after its file: a file without one would be taken for a plain one.
  const seals = cluster.encrypted ? wal.map(name => `.${name}.seal`) : []
  const files = [...wal, ...seals, ...wal.flatMap(name => [`.${name}.sum`, `.${name}.refused`])]
  const {exitCode, stderr} = await cluster.exec('archive', ['sh', '-uc', script], {
    user: 'postgres',
    stdin: `${[...backups, '', ...files].join('\n')}\n`,
    timeoutMs: withinMs,
  })
  if (exitCode !== 0)
    throw new HlError('BACKUP_FAILED', `the archive could not remove everything: ${stderr.trim().slice(0, 500)}`, {
      next: [hint('backups list', {why: 'shows what is there'}), hint('logs', {args: ['archive'], lab: cluster.lab})],
    })
}
