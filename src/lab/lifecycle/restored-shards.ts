// A new lab of shards whose data comes from a restore of each. Invariants: as of a lab of one cluster
// (restored-lab.ts), and nothing of any shard runs before every shard has its data, so that no shard is written to
// while another one is not there. Not here: the restores themselves (src/backup/restore), what is checked afterwards.
import type {RestoreNode} from '../../model/ports.ts'
import {workInNode} from '../../waiting/work-in-node.ts'
import type {Docker} from '../docker/docker.ts'
import {startRestoreNode} from '../nodes/restore-node.ts'
import {atShard, type ConnectedLab} from './connect-lab.ts'
import {shapeOfShards} from './lab-description.ts'
import {findLab} from './lab-inventory.ts'
import {makeLab, startServices} from './make-lab.ts'
import {beginRecord, noteInUse} from './restore-record.ts'
import {recordOf, requireNoLab, untilPrimary, type OnLabPhase, type RestoredLabOptions} from './restored-lab.ts'
import {connectNew} from './up-lab.ts'

/** One shard, and what fills the volume of its first member. */
export interface ShardToRestore<T> {
  readonly shard: string
  readonly restore: (node: RestoreNode) => Promise<T>
}

export interface RestoredShards<T> {
  /** The primaries of all shards take writes; there are no standbys yet. */
  readonly lab: ConnectedLab
  /** By shard. */
  readonly restored: ReadonlyMap<string, T>
  /** Starts the other members of one shard. */
  readonly startStandbys: (shard: string) => Promise<void>
}

/** Of a shard: the member that its data is restored for. */
export const firstMember = (shard: string): string => `${shard}-pg1`

/**
 * Makes the lab like its source with these shards, on record as half restored until who verifies it ends that. Errors:
 * those of startRestoredLab().
 */
export async function startRestoredShards<T>(
  docker: Docker,
  options: RestoredLabOptions,
  shards: readonly ShardToRestore<T>[],
  onPhase: OnLabPhase,
): Promise<RestoredShards<T>> {
  const {clock, name: into, from, identity, signal} = options
  await requireNoLab(docker, options)
  const createMs = clock.nowMs()
  const names = shards.map(({shard}) => shard)
  const like = {...options, ...shapeOfShards(await findLab(docker, from), names)}
  await beginRecord(docker, into, recordOf(like, names.map(firstMember)))
  await makeLab(docker, like)
  const {services, members, clusters} = await findLab(docker, into)
  const all = new Set([...members, ...clusters.flatMap(cluster => cluster.members)])
  const start = async (wanted: (name: string) => boolean): Promise<void> => {
    signal?.throwIfAborted()
    await startServices(
      docker,
      into,
      services.filter(({name}) => wanted(name)),
    )
  }
  await start(name => !all.has(name))
  onPhase('create', createMs, clock.nowMs())
  const restored = new Map<string, T>()
  for (const {shard, restore} of shards) {
    signal?.throwIfAborted()
    options.progress?.(`restoring ${shard}`)
    const nodeMs = clock.nowMs()
    const node = await startRestoreNode(docker, {from, into, member: firstMember(shard), identity})
    onPhase('create', nodeMs, clock.nowMs())
    restored.set(shard, await workInNode(node, signal, restore))
  }
  signal?.throwIfAborted()
  const takeOverMs = clock.nowMs()
  await noteInUse(docker, into)
  const first = new Set(names.map(firstMember))
  await start(name => first.has(name))
  const lab = await connectNew(docker, options)
  await Promise.all(names.map(async shard => untilPrimary(atShard(lab, {shard}), firstMember(shard), options)))
  onPhase('take-over', takeOverMs, clock.nowMs())
  const standbysOf = (shard: string): readonly string[] =>
    (clusters.find(({name}) => name === shard)?.members ?? []).filter(name => !first.has(name))
  return {lab, restored, startStandbys: async shard => start(name => standbysOf(shard).includes(name))}
}
