// A restore to a target behind a CREATE TABLESPACE, looked at before anything is made: no backup has a tablespace, but
// replay makes one. Not here: finding it in the WAL (src/backup/locate/find-tablespace.ts).
import type {PrimaryPosition} from '../backup/archive-lag.ts'
import {psqlOn} from '../backup/ask-node.ts'
import {findTablespace} from '../backup/locate/find-tablespace.ts'
import {tablespacesQuestion} from '../backup/require-carried.ts'
import {describeTarget} from '../backup/restore/parse-target.ts'
import type {RestorePlan} from '../backup/restore/plan-restore.ts'
import {unreachableTarget} from '../backup/restore/refuse-target.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {formatLsn, type Lsn} from '../model/lsn.ts'
import type {Cluster} from '../model/ports.ts'
import type {RestoreRequest} from './restore-request.ts'

/**
 * TARGET_UNREACHABLE where one is made before the target; what a plan says of it where it may be. The WAL is read only
 * where the cluster has one: of one that was dropped since, or of a cluster without a primary, replay tells.
 */
export async function tablespaceOnWay(
  source: Cluster,
  listing: ArchiveListing,
  {
    position,
    request: {target, damage},
    plan: {chain, timeline},
    recordLsn,
  }: {
    readonly position: Pick<PrimaryPosition, 'node'> | null
    readonly request: RestoreRequest
    readonly plan: RestorePlan
    /** Where replay will stop, where that is known. */
    readonly recordLsn: Lsn | undefined
  },
): Promise<readonly string[]> {
  const backup = chain.at(-1)
  if (position === null || backup === undefined) return []
  if ((await psqlOn(source, position.node, tablespacesQuestion).catch(() => '')) === '') return []
  const toLsn = target.kind === 'lsn' ? target.lsn : recordLsn
  const made = await findTablespace(source, listing, {backup, timeline, toLsn})
  if (made === null) return []
  const what = `a tablespace in ${made.directory} is made at ${formatLsn(made.lsn)}, and a restore carries none`
  if (damage === null)
    throw unreachableTarget(listing, `${what}; that lies on the way to ${describeTarget(target)}`, [
      `--to-lsn ${formatLsn(made.lsn)} --exclusive ends just before it`,
    ])
  return [`${what}: it fails if what is looked for lies behind that`]
}
