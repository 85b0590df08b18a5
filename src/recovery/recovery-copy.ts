// The recovery copy of a lab: made, moved forward, asked, dropped, a table brought back. Invariants: it is planned
// under the lab's lock, and nothing is made before the plan stands; what was begun and failed is taken away again.
// Not here: recovery (src/backup/copy), the container (src/lab/nodes/recovery-copy.ts).
import {bringTable, type BroughtTable} from '../backup/copy/bring-table.ts'
import {ask, copyStop, readCopy} from '../backup/copy/copy-server.ts'
import type {CopyState} from '../backup/copy/copy-state.ts'
import {forward} from '../backup/copy/forward-copy.ts'
import {follow, pauseAt, type Copied} from '../backup/copy/make-copy.ts'
import {planDelayed} from '../backup/copy/plan-delayed.ts'
import {planForward} from '../backup/copy/plan-forward.ts'
import {parseTime} from '../backup/restore/parse-time.ts'
import type {Docker} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {asCsv} from '../lab/psql.ts'
import {openCopyNode, pipeToService, removeCopy, startCopyNode} from '../lab/nodes/recovery-copy.ts'
import {formatLsn} from '../model/lsn.ts'
import type {Cluster} from '../model/ports.ts'
import {untilAborted} from '../waiting/work-in-node.ts'
import {jobOf, prepareRestore, sameStart, type PreparedRestore, type Thoroughness} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import type {RestoreHooks} from './restore-into-new-lab.ts'
import {notingDamage} from './planned-wal.ts'
import {describeRequest, type Along, type RestoreRequest} from './restore-request.ts'

/** A copy that stands at a target, or one that follows the archive so far behind. */
export type CopyRequest = {readonly at: RestoreRequest} | ({readonly delayMs: number} & Along)

/** How a copy is told to people and programs. */
export interface CopyAnswer extends CopyState {
  /** As PostgreSQL prints it. */
  readonly lsn: string
  /** Why one that follows stands still; absent: nothing is in its way. */
  readonly stopped?: string
}

/** What would be done. Errors: those of prepareRestore. */
export async function planCopy(
  ports: RecoveryPorts,
  cluster: Cluster,
  request: CopyRequest,
  how: Thoroughness = 'look',
): Promise<PreparedRestore> {
  if ('at' in request) return prepareRestore(ports, cluster, request.at, {how})
  const {delayMs, ...along} = request
  const nowMs = parseTime(ports.clock.wallTime()) ?? 0
  return prepareRestore(
    ports,
    cluster,
    {target: {kind: 'latest'}, damage: null, ...along},
    {how, decide: (listing, _target, options) => planDelayed(listing, {delayMs, nowMs}, options)},
  )
}

/** Takes the lab, plans again and makes the copy. Nothing is left of one that fails or is aborted. */
export async function createCopy(
  ports: RecoveryPorts,
  cluster: Cluster,
  request: CopyRequest,
  shown: PreparedRestore,
  {onReplanned}: Pick<RestoreHooks, 'onReplanned'> = {},
): Promise<CopyAnswer> {
  const {docker} = ports
  return whileLocked(docker, {lab: cluster.lab, what: 'hl copy create'}, async () => {
    const prepared = await planCopy(ports, cluster, request, 'archive')
    if (!sameStart(prepared, shown)) onReplanned?.(prepared)
    await notingDamage(ports, cluster, prepared, async () => makeCopy(ports, cluster, prepared, delayOf(request)))
    return showCopy(docker, cluster.lab)
  })
}

/** PURE: how far it follows behind; null: it stands at a target. The end of the archive is followed at once. */
function delayOf(request: CopyRequest): number | null {
  if ('delayMs' in request) return request.delayMs
  return request.at.damage === null && request.at.target.kind === 'latest' ? 0 : null
}

/** The copy itself, from a plan that stands. The caller holds the lab. */
export async function makeCopy(
  {docker, clock, signal, onPhase}: RecoveryPorts,
  cluster: Cluster,
  prepared: PreparedRestore,
  delayMs: number | null,
): Promise<Copied> {
  signal?.throwIfAborted()
  const createMs = clock.nowMs()
  const node = await startCopyNode(docker, cluster.lab, prepared.request.identity)
  onPhase('create', createMs, clock.nowMs())
  try {
    return await untilAborted(
      node,
      signal,
      async () => node.remove(),
      async made => {
        const job = jobOf(prepared, onPhase)
        const copied = await (delayMs === null
          ? pauseAt(made, clock, job, describeRequest(prepared.request))
          : follow(made, clock, job, delayMs))
        signal?.throwIfAborted()
        return copied
      },
    )
  } catch (error) {
    await node.remove()
    throw error
  }
}

/** Takes the lab and moves its copy on to a later target. */
export async function forwardCopy(
  ports: RecoveryPorts,
  cluster: Cluster,
  request: RestoreRequest,
): Promise<CopyAnswer> {
  return whileLocked(ports.docker, {lab: cluster.lab, what: 'hl copy forward'}, async () => {
    await moveCopy(ports, cluster, request)
    return showCopy(ports.docker, cluster.lab)
  })
}

/**
 * Moves the copy; what it was made of stays, and may be gone from the archive. Refused before the copy is touched where
 * the plan does not stand. The caller holds the lab.
 */
export async function moveCopy(ports: RecoveryPorts, cluster: Cluster, request: RestoreRequest): Promise<Copied> {
  const {docker, clock, signal, onPhase} = ports
  const node = await openCopyNode(docker, cluster.lab)
  const copy = await readCopy(node)
  const {mode, timeline} = copy.state
  const prepared = await prepareRestore(
    ports,
    cluster,
    {...request, timeline: request.timeline ?? (mode === 'follow' ? undefined : timeline)},
    {how: 'archive', decide: (listing, target, options) => planForward(listing, target, copy, options)},
  )
  return forward(node, clock, jobOf(prepared, onPhase), {copy, target: describeRequest(request), signal})
}

/** What it is and where it stands. LAB_MISSING when the lab has none. */
export async function showCopy(docker: Docker, lab: string): Promise<CopyAnswer> {
  const node = await openCopyNode(docker, lab)
  const copy = await readCopy(node)
  const stopped = copy.state.mode === 'follow' ? await copyStop(node, copy) : null
  return {...copy.state, lsn: formatLsn(copy.lsn), ...(stopped === null ? {} : {stopped})}
}

/** psql of a copy prints no headings unless it is told to. */
const withHeadings = ['-P', 'tuples_only=off']

/** One statement, which can only read; psql's own output, of `csv` as rowsOf() reads it. */
export async function queryCopy(
  docker: Docker,
  lab: string,
  statement: string,
  {csv = false}: {readonly csv?: boolean} = {},
): Promise<string> {
  const node = await openCopyNode(docker, lab)
  return csv ? ask(node, statement, [...asCsv, ...withHeadings]) : (await ask(node, statement)).trim()
}

/** Takes the lab and brings a table of its copy back into it; what came back beside what was there. */
export async function tableFromCopy(ports: RecoveryPorts, lab: ConnectedLab, table: string): Promise<BroughtTable> {
  const what = 'hl copy table'
  return whileLocked(ports.docker, {lab: lab.cluster.lab, what}, async () => bringBack(ports, lab, table))
}

/** The same for a caller that holds the lab. */
export async function bringBack(
  {docker, signal}: Pick<RecoveryPorts, 'docker' | 'signal'>,
  {cluster, description}: Pick<ConnectedLab, 'cluster' | 'description'>,
  table: string,
): Promise<BroughtTable> {
  return bringTable(
    cluster,
    await openCopyNode(docker, cluster.lab),
    table,
    async (from, to) => pipeToService(description, from, to),
    signal,
  )
}

/** The container and its data go, also of one that was not made whole. LAB_MISSING when there is none. */
export async function dropCopy(docker: Docker, lab: string): Promise<void> {
  await whileLocked(docker, {lab, what: 'hl copy drop'}, async () => removeCopy(docker, lab))
}
