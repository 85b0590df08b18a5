// A restore of one cluster, as hl restore does it, but for what a control sabotages; of one shard beside others also
// what hl shards reconcile does.
import {describeCandidate, type RestoredData} from '../../backup/restore/restore-data.ts'
import {verifyRestored} from '../../backup/restore/verify-restored.ts'
import {docker} from '../../lab/docker/local-docker.ts'
import type {ConnectedLab} from '../../lab/lifecycle/connect-lab.ts'
import {requireNoLab, type RestoredLab} from '../../lab/lifecycle/restored-lab.ts'
import {learnRates, predictRto} from '../../measure/rates.ts'
import {formatLsn} from '../../model/lsn.ts'
import type {Cluster} from '../../model/ports.ts'
import type {RestoreFacts} from '../../model/recovery-record.ts'
import type {Disaster, RecoveryTarget} from '../../model/scenario.ts'
import {settle} from '../../recovery/finish-restore.ts'
import {prepareRestore, type PreparedRestore} from '../../recovery/prepare-restore.ts'
import type {RecoveryPorts as UseCasePorts} from '../../recovery/recovery-ports.ts'
import {dataInPlace} from '../../recovery/restore-in-place.ts'
import {dataIntoNewLab} from '../../recovery/restore-into-new-lab.ts'
import {statementDamage, type RestoreRequest as WantedRestore} from '../../recovery/restore-request.ts'
import {bringInLine} from '../../sharding/reconcile-lab.ts'
import {loseSegment, targetOverrideOf} from '../sabotage-deeds.ts'
import {badStatement, victimTable} from '../steps/victim.ts'
import type {RecoveryHooks, RestoreRequest} from '../world.ts'
import {cameBack, type CameBack} from './came-back.ts'
import {decided, restoredName, useCasePorts, type RecoveryWiring} from './wiring.ts'

export async function restoreLab(
  wiring: RecoveryWiring,
  {target, into, disaster, sabotage}: RestoreRequest,
  hooks: RecoveryHooks,
): Promise<CameBack> {
  const {lab, clock} = wiring
  const ports = useCasePorts(wiring, hooks)
  const prepared = await decided(wiring, hooks.onPhase, async () =>
    prepareRestore(ports, lab.cluster, await wantedRestore(lab.cluster, target, disaster), {how: 'archive'}),
  )
  if (sabotage?.kind === 'segment-missing' && sabotage.when === 'after-plan')
    await loseSegment(lab.cluster, {clock, signal: hooks.signal}, prepared.listing)
  const made = await placeData(wiring, ports, prepared, into, targetOverrideOf(sabotage, prepared))
  const {cluster} = made.lab
  const facts = await factsOf(wiring, made.lab, prepared, made.restored)
  return cameBack(
    wiring,
    {
      ...made,
      facts: made.lab.clusters.length > 1 ? {...facts, halves: await inLine(wiring, made.lab, hooks)} : facts,
      verify: async primary => {
        const checks = await verifyRestored(cluster, primary ?? cluster.members[0] ?? 'pg1', {clock})
        await settle({docker}, cluster.lab, checks)
        return checks
      },
    },
    hooks.signal,
  )
}

/** One shard beside others: it serves again. How many transactions over shards have lost their part on it. */
async function inLine({clock, note}: RecoveryWiring, lab: ConnectedLab, {onPhase}: RecoveryHooks): Promise<number> {
  const fromMs = clock.nowMs()
  const {lost} = await bringInLine(lab, {shard: lab.cluster.name, acceptLost: true}, note)
  onPhase('reconcile', fromMs, clock.nowMs())
  return lost.halves
}

async function placeData(
  {lab, up, clock, onLab}: RecoveryWiring,
  ports: UseCasePorts,
  prepared: PreparedRestore,
  into: RestoreRequest['into'],
  targetOverride: ReturnType<typeof targetOverrideOf>,
): Promise<RestoredLab<RestoredData>> {
  if (into === 'in-place')
    return dataInPlace(ports, prepared, lab, {
      discardCopy: false,
      ...(targetOverride === undefined ? {} : {targetOverride}),
    })
  const {lab: from, archive} = lab.cluster
  // The lab that runs, named as a person would name it: what refuses that to hl restore has to refuse it here.
  const wanted = {...up, name: into === 'running-lab' ? from : restoredName(from), settings: {}, archive}
  await requireNoLab(docker, {...wanted, clock})
  const made = await dataIntoNewLab(ports, prepared, {...wanted, from}, targetOverride)
  onLab(made.lab)
  return made
}

export async function factsOf(
  {earlier}: Pick<RecoveryWiring, 'earlier'>,
  {cluster}: ConnectedLab,
  {plan}: PreparedRestore,
  {offending, copiedBytes, endLsn}: Pick<RestoredData, 'offending' | 'copiedBytes' | 'endLsn'>,
): Promise<RestoreFacts> {
  return {
    target: offending === null ? 'as far as the archive goes' : `just before ${describeCandidate(offending)}`,
    why: plan.why,
    chain: plan.chain,
    copiedBytes,
    replayedBytes: plan.wal.bytes,
    endLsn: formatLsn(endLsn),
    timeline: (await cluster.state()).timeline ?? 0,
    predictedMs: predictRto(learnRates(earlier()), {copyBytes: copiedBytes, replayBytes: plan.wal.bytes}),
  }
}

/** As a person would ask for it. */
export async function wantedRestore(
  cluster: Cluster,
  target: RecoveryTarget,
  disaster: Disaster | null,
): Promise<WantedRestore> {
  const latest = {target: {kind: 'latest'}} as const
  if (target === 'latest' || disaster === null) return {...latest, damage: null}
  if (disaster.kind === 'drop-table') return {...latest, damage: {kind: 'drop', table: victimTable}}
  return {...latest, damage: await statementDamage(cluster, badStatement)}
}
