// A restore of all shards of a lab to a barrier, planned: which barrier, and how each shard gets to its own position.
// Invariants: every shard of the barrier has a plan, or none is restored; each ends just before the position behind its
// restore point, so with nothing of what came after the hold. Not here: doing it (restore-to-barrier.ts).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {parseLsn} from '../model/lsn.ts'
import type {Cluster} from '../model/ports.ts'
import type {Barrier, BarrierPosition} from '../shards/index.ts'
import {reachOfBarrier, timelineTo, type LabArchives} from './barrier-reach.ts'
import {archivesOf, knownBarriers} from './barriers.ts'
import {prepareRestore, type PreparedRestore, type Thoroughness} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import type {RestoreRequest} from './restore-request.ts'

/** How one shard gets there. */
export interface PlannedShard {
  readonly shard: string
  readonly position: BarrierPosition
  readonly prepared: PreparedRestore
}

export interface BarrierPlan {
  readonly barrier: Barrier
  /** In order of their names. */
  readonly shards: readonly PlannedShard[]
}

/**
 * `wanted`: the name of a barrier, or `latest`, the newest that every shard has a way to. Errors: BARRIER_UNKNOWN,
 * ARCHIVE_MISSING, and those of prepareRestore() for a shard.
 */
export async function planToBarrier(
  ports: Pick<RecoveryPorts, 'docker' | 'clock' | 'signal' | 'note'>,
  source: ConnectedLab,
  {
    wanted,
    identity,
    how,
  }: {readonly wanted: string; readonly identity?: string | undefined; readonly how: Thoroughness},
): Promise<BarrierPlan> {
  const [{barriers, notAsked}, archives] = await Promise.all([knownBarriers(source), archivesOf(source)])
  if (wanted === 'latest' && notAsked.length > 0)
    ports.note(`the archive alone tells of barriers of ${notAsked.join(', ')}: nobody there answers`)
  const barrier = chooseBarrier(barriers, archives, {wanted, lab: source.cluster.lab, notAsked})
  const shards: PlannedShard[] = []
  for (const position of barrier.positions) {
    const request = {...requestOf(position, archives), identity}
    const prepared = await prepareRestore(ports, clusterOf(source, position.shard), request, {how})
    shards.push({shard: position.shard, position, prepared})
  }
  return {barrier, shards}
}

/** PURE: BARRIER_UNKNOWN for one that nobody knows, or to which a shard has no way. `barriers`: newest first. */
export function chooseBarrier(
  barriers: readonly Barrier[],
  archives: LabArchives,
  {wanted, lab, notAsked = []}: {readonly wanted: string; readonly lab: string; readonly notAsked?: readonly string[]},
): Barrier {
  const shown = hint('shards barriers', {lab, why: 'shows them, and whether a restore comes there'})
  const next = notAsked.length > 0 ? [shown] : [shown, hint('shards barrier', {lab, why: 'takes one'})]
  const silent = notAsked.length > 0 ? `; ${notAsked.join(', ')} could not be asked` : ''
  if (wanted !== 'latest') {
    const named = barriers.find(({name}) => name === wanted)
    if (named === undefined)
      throw new HlError('BARRIER_UNKNOWN', `lab ${lab} has no barrier ${wanted}${silent}`, {next})
    const {kind, why} = reachOfBarrier(named, archives)
    if (kind !== 'no') return named
    throw new HlError('BARRIER_UNKNOWN', `no restore comes to barrier ${wanted}: ${why}`, {next})
  }
  const reached = barriers.find(barrier => reachOfBarrier(barrier, archives).kind !== 'no')
  if (reached !== undefined) return reached
  const [newest] = barriers
  const why =
    newest === undefined ? 'it has none' : `the newest, ${newest.name}: ${reachOfBarrier(newest, archives).why}`
  throw new HlError(
    'BARRIER_UNKNOWN',
    `lab ${lab} has no barrier to which every shard can be restored; ${why}${silent}`,
    {next},
  )
}

/** PURE: just before the position behind the restore point, along the newest timeline that has come by there. */
export function requestOf(position: BarrierPosition, {listings}: LabArchives): RestoreRequest {
  const lsn = parseLsn(position.lsn)
  const listing = listings.find(({systemIdentifier}) => systemIdentifier === position.system)
  if (lsn === null || listing === undefined)
    throw new HlError('BUG', `a barrier at ${position.lsn} of a cluster that the archive does not know`, {
      next: ['report this with the command you ran'],
    })
  return {
    target: {kind: 'lsn', lsn, inclusive: false},
    damage: null,
    timeline: timelineTo(listing, position),
    system: position.system,
  }
}

function clusterOf({clusters, cluster: {lab}}: ConnectedLab, shard: string): Cluster {
  const found = clusters.find(({cluster}) => cluster.name === shard)
  if (found !== undefined) return found.cluster
  throw new HlError(
    'SHARD_UNKNOWN',
    `the barrier is of shard ${shard} too, and lab ${lab} has no such cluster any more`,
    {
      next: [hint('status', {lab}), hint('shards barriers', {lab})],
    },
  )
}
