// A restore of all shards to the newest barrier that each of them can be restored to, as hl restore --to-barrier latest
// does it.
import type {RestoredData} from '../../backup/restore/restore-data.ts'
import {docker} from '../../lab/docker/local-docker.ts'
import {atShard, connectLab, type ConnectedLab} from '../../lab/lifecycle/connect-lab.ts'
import {requireNoLab} from '../../lab/lifecycle/restored-lab.ts'
import {untilHealthy} from '../../lab/lifecycle/until-healthy.ts'
import {learnRates, predictRto} from '../../measure/rates.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn} from '../../model/lsn.ts'
import type {RestoreFacts} from '../../model/recovery-record.ts'
import {planToBarrier, type BarrierPlan} from '../../recovery/plan-to-barrier.ts'
import {finishShards, shardsIntoNewLab} from '../../recovery/restore-to-barrier.ts'
import type {RecoveryHooks} from '../world.ts'
import {cameBack, type CameBack} from './came-back.ts'
import {decided, restoredName, useCasePorts, type RecoveryWiring} from './wiring.ts'

const redundantMs = 600_000

/** All shards of the lab; what goes on is told of the one that the run is about. */
export async function restoreShards(wiring: RecoveryWiring, hooks: RecoveryHooks): Promise<CameBack> {
  const {lab, up, clock, onLab} = wiring
  const {lab: from, archive, name: subject} = lab.cluster
  const ports = useCasePorts(wiring, hooks)
  const plan = await decided(wiring, hooks.onPhase, async () => {
    // As a command finds it: whoever is gone is not waited for.
    const left = await connectLab(docker, from, {clock})
    return planToBarrier(ports, left, {wanted: 'latest', how: 'archive'})
  })
  const into = {...up, name: restoredName(from), settings: {}, archive}
  await requireNoLab(docker, {...into, clock})
  const made = await shardsIntoNewLab(ports, plan, {...into, from})
  onLab(made.lab)
  const {barrier} = plan
  const shards = plan.shards.map(({shard}) => shard)
  const startAll = async (signal: AbortSignal): Promise<void> => {
    for (const shard of shards) await made.startStandbys(shard)
    // Full redundancy is that of all; who asks for it looks at the one that the run is about.
    for (const shard of shards)
      await untilHealthy(atShard(made.lab, {shard}), clock, {signal, note: wiring.note, withinMs: redundantMs})
  }
  const start = async (): Promise<void> => Promise.resolve()
  const whole = atShard(made.lab, {shard: subject})
  return cameBack(
    wiring,
    {
      lab: whole,
      facts: await factsOf(wiring, whole, plan, made.restored),
      startStandbys: startAll,
      // The standbys are there by then.
      verify: async (_primary, signal) => finishShards({...ports, signal}, made.lab, {shards, barrier, start}),
    },
    hooks.signal,
  )
}

/** What was copied and replayed is of all shards; where it ended, of the one that the run is about. */
async function factsOf(
  {earlier}: Pick<RecoveryWiring, 'earlier'>,
  {cluster}: ConnectedLab,
  {barrier, shards}: BarrierPlan,
  restored: ReadonlyMap<string, RestoredData>,
): Promise<RestoreFacts> {
  const own = shards.find(({shard}) => shard === cluster.name)
  const end = restored.get(cluster.name)
  if (own === undefined || end === undefined)
    throw new HlError('BUG', `barrier ${barrier.name} is not of shard ${cluster.name}`, {
      next: ['report this with the command you ran'],
    })
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)
  const copiedBytes = sum([...restored.values()].map(data => data.copiedBytes))
  const replayedBytes = sum(shards.map(({prepared}) => prepared.plan.wal.bytes))
  return {
    target: `barrier ${barrier.name}, taken at ${barrier.takenAt}`,
    why: own.prepared.plan.why,
    chain: own.prepared.plan.chain,
    copiedBytes,
    replayedBytes,
    endLsn: formatLsn(end.endLsn),
    timeline: (await cluster.state()).timeline ?? 0,
    predictedMs: predictRto(learnRates(earlier()), {copyBytes: copiedBytes, replayBytes: replayedBytes}),
  }
}
