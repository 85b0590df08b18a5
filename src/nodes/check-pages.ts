// Is every page of a node's data what its checksum says, on disk? Invariant: it only reads; a node that cannot be read is an error and never a clean one.
// Not here: what its words mean (damaged-pages.ts), mending (rebuild-node.ts).
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import {parseDamage, type PageDamage} from './damaged-pages.ts'

const withinMs = 4 * 3_600_000

/** Reads the whole data directory of a running member. LAB_UNHEALTHY when it cannot be read, whatever its pages are. */
export async function checkPages(cluster: Cluster, member: string): Promise<PageDamage> {
  const {exitCode, stderr} = await cluster.exec(member, ['check-pages'], {user: 'root', timeoutMs: withinMs})
  const damage = parseDamage(stderr)
  if (exitCode === 0 || damage.count > 0) return damage
  throw new HlError('LAB_UNHEALTHY', `the data of ${member} cannot be read: ${stderr.trim().split('\n').slice(-3).join(' / ')}`, {next: [`hl status --lab ${cluster.lab}`, `hl logs ${member} --lab ${cluster.lab}`]})
}
