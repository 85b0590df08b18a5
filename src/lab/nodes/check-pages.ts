// Is every page of a node's data what its checksum says, on disk? Invariant: it only reads; a node that cannot be read,
// or has no checksums, is an error and never a clean one.
// Not here: what its words mean (damaged-pages.ts), repairing it (rebuild-node.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {requireMember} from '../lifecycle/lab-description.ts'
import type {Cluster} from '../../model/ports.ts'
import {ask} from '../psql.ts'
import {parseDamage, type PageDamage} from './damaged-pages.ts'

const withinMs = 4 * 3_600_000

/**
 * Reads the whole data directory of a running member. LAB_UNHEALTHY when it cannot be read or has no checksums,
 * whatever its pages are.
 */
export async function checkPages(cluster: Cluster, member: string): Promise<PageDamage> {
  await requireChecksums(cluster, member)
  const {exitCode, stderr} = await cluster.exec(member, ['check-pages'], {
    user: 'root',
    timeoutMs: withinMs,
    bound: true,
  })
  const damage = parseDamage(stderr)
  if (exitCode === 0 || damage.count > 0) return damage
  throw unreadable(cluster, member, stderr)
}

export type CheckedNode = PageDamage & {readonly node: string}

/** One member, or all; each is told when it was read. Errors: NODE_UNKNOWN, those of checkPages. */
export async function checkNodes(
  cluster: Cluster,
  only: string | undefined,
  onChecked: (checked: CheckedNode) => void,
): Promise<readonly CheckedNode[]> {
  const {members} = cluster
  if (only !== undefined) requireMember(cluster, only)
  const checked: CheckedNode[] = []
  for (const node of only === undefined ? members : [only]) {
    const one = {node, ...(await checkPages(cluster, node))}
    checked.push(one)
    onChecked(one)
  }
  return checked
}

/** Without them a base backup reads the same pages and has nothing to compare them with. */
async function requireChecksums(cluster: Cluster, member: string): Promise<void> {
  const {exitCode, stdout, stderr} = await ask(cluster, member, 'SHOW data_checksums')
  if (exitCode !== 0) throw unreadable(cluster, member, stderr)
  if (stdout.trim() !== 'on')
    throw new HlError(
      'LAB_UNHEALTHY',
      `the pages of ${member} have no checksums (data_checksums is ${stdout.trim()}), so nobody can say whether ` +
        'they are sound',
      {
        next: [
          'pg_checksums --enable in a member that is stopped gives it some; in a new lab they are on',
          hint('status', {lab: cluster.lab}),
        ],
      },
    )
}

function unreadable({lab}: Cluster, member: string, stderr: string): HlError {
  return new HlError(
    'LAB_UNHEALTHY',
    `the data of ${member} cannot be read: ${stderr.trim().split('\n').slice(-3).join(' / ')}`,
    {next: [hint('status', {lab}), hint('logs', {args: [member], lab})]},
  )
}
