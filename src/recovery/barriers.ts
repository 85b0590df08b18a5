// Barriers of a lab, with its archive: taken and kept in both, listed with how far a restore would come. Invariant: a
// barrier that is on record on the shards is one, whether or not the archive took its line, and that is told. Not here:
// the hold (src/shards/barrier), restoring to one (restore-to-barrier.ts).
import {primaryPosition} from '../backup/archive-lag.ts'
import {flushWal} from '../backup/flush-wal.ts'
import {readSystems, requireArchive} from '../backup/read-archive.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Barrier, BarrierOptions} from '../shards/index.ts'
import {listLabBarriers, takeLabBarrier} from '../sharding/lab-barriers.ts'
import {appendBarrier, readBarriers} from './barrier-file.ts'
import {reachOfBarrier, type BarrierReach, type LabArchives} from './barrier-reach.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

/** `hl shards barrier`. */
export interface TakenBarrier extends Barrier {
  readonly lab: string
  /** Is its line in the archive? null: the lab has none. */
  readonly inArchive: boolean | null
}

/** One of the list. */
export interface ListedBarrier extends Barrier {
  /** null: the lab has no archive. */
  readonly reach: BarrierReach | null
}

/** `hl shards barriers`. */
export interface BarriersAnswer {
  readonly lab: string
  /** Newest first. */
  readonly barriers: readonly ListedBarrier[]
  /** Shards that could not be asked what they have on record. */
  readonly notAsked: readonly string[]
}

/** How `hl shards barrier` takes one. */
export interface WantedBarrier extends Pick<BarrierOptions, 'name' | 'holdMs' | 'triesMost'> {
  /** Wait until the archive leads there, so that a restore comes to it whatever happens to the shards. */
  readonly archived?: boolean
}

/**
 * Errors: those of takeLabBarrier(); ARCHIVE_MISSING before one is taken; those of flushWal() and BARRIER_FAILED for
 * one that is taken and that the archive does not lead to.
 */
export async function createBarrier(
  {note, signal, clock}: Pick<RecoveryPorts, 'note' | 'signal' | 'clock'>,
  lab: ConnectedLab,
  {archived = false, ...options}: WantedBarrier,
): Promise<TakenBarrier> {
  const {cluster} = lab
  if (archived) requireArchive(cluster)
  const known = options.name === undefined || cluster.archive === 'none' ? [] : await readBarriers(cluster)
  if (known.some(({name}) => name === options.name))
    throw new HlError('CONFIG_INVALID', `there is a barrier ${options.name ?? ''} already`, {
      next: ['choose another name', hint('shards barriers', {why: 'shows them'})],
    })
  const onMissed = (why: string): void => note(`once more: ${why}`)
  const barrier = await takeLabBarrier(lab, {...options, signal, onMissed})
  const taken = {lab: cluster.lab, ...barrier, inArchive: await kept(lab, barrier, note)}
  if (archived) {
    note(`barrier ${barrier.name} is taken; waiting for the archive to lead there`)
    await Promise.all(lab.clusters.map(async shard => flushWal(shard.cluster, clock, {signal})))
    await requireArchived(lab, taken)
  }
  return taken
}

/** BARRIER_FAILED when a restore would not come to one that is taken, or would not know it. */
async function requireArchived(lab: ConnectedLab, {inArchive, ...barrier}: TakenBarrier): Promise<void> {
  const {kind, why} = reachOfBarrier(barrier, await archivesOf(lab))
  const failed = inArchive === false ? 'the archive did not take its line' : kind === 'archived' ? null : why || kind
  if (failed === null) return
  throw new HlError(
    'BARRIER_FAILED',
    `barrier ${barrier.name} is taken, and no restore from the archive comes to it: ${failed}`,
    {
      next: [
        hint('shards barriers', {why: 'shows it, and whether a restore comes there'}),
        hint('backups create', {why: 'begins a way back where there is none'}),
        hint('shards barrier', {flags: {archived: true}, why: 'takes another one'}),
      ],
    },
  )
}

async function kept({cluster}: ConnectedLab, barrier: Barrier, note: (text: string) => void): Promise<boolean | null> {
  if (cluster.archive === 'none') return null
  try {
    await appendBarrier(cluster, barrier)
    return true
  } catch (error) {
    note(`the barrier is on record on every shard, and the archive did not take its line: ${messageOf(error)}`)
    return false
  }
}

/** The newest `most` of what the shards and the archive know. Errors: MAP_MISSING; LAB_UNHEALTHY where nobody tells. */
export async function listLabsBarriers(lab: ConnectedLab, most = 50): Promise<BarriersAnswer> {
  const {barriers, notAsked} = await knownBarriers(lab)
  const newest = barriers.slice(0, most)
  const archives = newest.length === 0 || lab.cluster.archive === 'none' ? null : await archivesOf(lab)
  return {
    lab: lab.cluster.lab,
    barriers: newest.map(barrier => ({
      ...barrier,
      reach: archives === null ? null : reachOfBarrier(barrier, archives),
    })),
    notAsked,
  }
}

/** Of both; the shards may all be lost. */
export async function knownBarriers(
  lab: ConnectedLab,
): Promise<{readonly barriers: readonly Barrier[]; readonly notAsked: readonly string[]}> {
  const names = lab.clusters.map(({cluster}) => cluster.name)
  const kept = lab.cluster.archive === 'none' ? [] : await readBarriers(lab.cluster)
  const onShards = await listLabBarriers(lab).catch((error: unknown) => {
    if (kept.length === 0 || !(error instanceof HlError) || error.code !== 'LAB_UNHEALTHY') throw error
    return {barriers: [], notAsked: names}
  })
  const byName = new Map([...onShards.barriers, ...kept].map(barrier => [barrier.name, barrier]))
  return {
    barriers: [...byName.values()].sort((one, other) => other.takenAt.localeCompare(one.takenAt)),
    notAsked: onShards.notAsked,
  }
}

/** What the archive has, and where the primary of each shard is. */
export async function archivesOf({cluster, clusters}: ConnectedLab): Promise<LabArchives> {
  const listings = await readSystems(cluster)
  const positions = await Promise.all(
    clusters.map(async shard => [shard.cluster.name, await primaryPosition(shard.cluster).catch(() => null)] as const),
  )
  return {listings, positions: new Map(positions)}
}
