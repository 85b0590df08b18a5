// Finishes a restore of all shards that was cut off: anew while no shard was in use, otherwise from where it stands, to
// the same checks. Not here: one of a lab of one cluster (resume-restore.ts), which says what is allowed when.
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {atShard} from '../lab/lifecycle/connect-lab.ts'
import {downLab} from '../lab/lifecycle/down-lab.ts'
import type {UnfinishedRestore} from '../lab/lifecycle/restore-state.ts'
import {firstMember} from '../lab/lifecycle/restored-shards.ts'
import {untilPrimary} from '../lab/lifecycle/restored-lab.ts'
import {startSurroundings} from '../lab/lifecycle/start-surroundings.ts'
import {removeRestoreNode} from '../lab/nodes/restore-node.ts'
import type {Check} from '../model/verdict.ts'
import {planToBarrier} from './plan-to-barrier.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import type {NewLab} from './restore-into-new-lab.ts'
import {finishShards, makeShardsAndFinish} from './restore-to-barrier.ts'

/** The barrier that a restore was asked to go to; null: it is not of a lab of shards. */
export function barrierOf({wanted}: Pick<UnfinishedRestore, 'wanted'>): string | null {
  const name = wanted?.['toBarrier']
  return typeof name === 'string' ? name : null
}

/** What came of it. */
export interface ResumedShards {
  readonly lab: ConnectedLab
  readonly writableMs: number
  readonly checks: readonly Check[]
}

/** Nothing of the lab was ever in use: it goes, but for its record. The caller holds both labs. */
export async function makeShardsAnew(
  ports: RecoveryPorts,
  unfinished: UnfinishedRestore,
  source: ConnectedLab,
  {
    newLab,
    identity,
  }: {readonly newLab: (make: UnfinishedRestore['make']) => NewLab; readonly identity: string | undefined},
): Promise<ResumedShards> {
  const wanted = barrierOf(unfinished) ?? ''
  const shown = await planToBarrier(ports, source, {wanted, identity, how: 'look'})
  await downLab(ports.docker, unfinished.lab, {volumes: true, holding: true, keepRestore: true})
  return makeShardsAndFinish(ports, source, {shown, identity}, {...newLab(unfinished.make), again: true}, {})
}

/** Patroni has the data: the first members come first, since an empty one would make a cluster. */
export async function goOnWithShards(
  ports: RecoveryPorts,
  {lab: name, member}: UnfinishedRestore,
  connect: (lab: string) => Promise<ConnectedLab>,
): Promise<ResumedShards> {
  const {docker, clock, note} = ports
  const startedMs = clock.nowMs()
  const lab = await connect(name)
  await startSurroundings(docker, lab, ports)
  await removeRestoreNode(docker, name)
  const first = new Set(member.split(' '))
  const shards = lab.clusters.map(({cluster}) => cluster).filter(cluster => first.has(firstMember(cluster.name)))
  note(`the restored data of lab ${name} is there; starting ${[...first].join(', ')}`)
  await Promise.all(shards.map(async cluster => cluster.start(firstMember(cluster.name))))
  await Promise.all(shards.map(async cluster => untilPrimary(atShard(lab, {shard: cluster.name}), null, ports)))
  const writableMs = clock.nowMs() - startedMs
  const start = async (shard: string): Promise<void> => {
    const {cluster} = atShard(lab, {shard})
    const {members, primary} = await cluster.state()
    const missing = members.filter(one => one.name !== primary && one.state !== 'streaming')
    for (const one of missing) await cluster.start(one.name)
  }
  const checks = await finishShards(ports, lab, {shards: shards.map(cluster => cluster.name), barrier: null, start})
  return {lab, writableMs, checks}
}
