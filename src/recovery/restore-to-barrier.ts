// A restore of all shards of a lab to a barrier, into a new lab beside it. Invariants: the source is not touched, and
// held meanwhile; what is prepared is ended by the decision that was restored with it; what the barrier promises is
// asked of the restored servers: no half of a transaction, no group with two owners. Not here: the plan
// (plan-to-barrier.ts), the containers (src/lab/lifecycle/restored-shards.ts).
import {restoreData, type RestoredData} from '../backup/restore/restore-data.ts'
import {atShard, type ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {startRestoredShards, type RestoredShards} from '../lab/lifecycle/restored-shards.ts'
import type {RestoredLabOptions} from '../lab/lifecycle/restored-lab.ts'
import {requireNoLab} from '../lab/lifecycle/restored-lab.ts'
import {whileHeld} from '../lab/lifecycle/while-held.ts'
import type {Check} from '../model/verdict.ts'
import type {Barrier} from '../shards/index.ts'
import {checkRestoredShards} from '../sharding/check-restored.ts'
import {finishRestore, settle} from './finish-restore.ts'
import {planToBarrier, type BarrierPlan} from './plan-to-barrier.ts'
import {jobOf, sameStart} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {orWhatIsLeft, type NewLab} from './restore-into-new-lab.ts'

export interface BarrierRequest {
  /** As it was asked for: a name, or `latest`. */
  readonly wanted: string
  readonly identity?: string | undefined
}

export interface RestoredToBarrier {
  readonly lab: ConnectedLab
  readonly barrier: Barrier
  /** By shard. */
  readonly restored: ReadonlyMap<string, RestoredData>
  /** Until the primaries took writes. */
  readonly writableMs: number
  readonly checks: readonly Check[]
}

export interface BarrierHooks {
  /** Told of a plan that is not the one that was shown any more. */
  readonly onReplanned?: (plan: BarrierPlan) => void
}

/** What would be done. Errors: LAB_SETTINGS_DIFFER when there is a lab of that name; those of planToBarrier(). */
export async function planShardsIntoNewLab(
  ports: RecoveryPorts,
  source: ConnectedLab,
  request: BarrierRequest,
  into: NewLab,
): Promise<BarrierPlan> {
  const {docker, clock} = ports
  await requireNoLab(docker, {...into, clock})
  return planToBarrier(ports, source, {...request, how: 'look'})
}

/**
 * Takes both labs, plans again, restores shard after shard, starts them together, waits for full redundancy, ends what
 * is prepared and verifies. Errors: LAB_BUSY, INTERRUPTED, those of planShardsIntoNewLab() and of a restore.
 */
export async function restoreShardsIntoNewLab(
  ports: RecoveryPorts,
  source: ConnectedLab,
  shown: BarrierPlan,
  into: NewLab,
  {identity, ...hooks}: Pick<BarrierRequest, 'identity'> & BarrierHooks = {},
): Promise<RestoredToBarrier> {
  const {docker, clock, signal} = ports
  const held = {clock, lab: into.name, what: 'hl restore --into', signal}
  return whileLocked(docker, {lab: source.cluster.lab, what: 'hl restore from it'}, async () =>
    whileHeld(docker, held, async stop =>
      orWhatIsLeft({docker, signal: stop}, into.name, async () =>
        makeShardsAndFinish({...ports, signal: stop}, source, {shown, identity}, into, hooks),
      ),
    ),
  )
}

/** The caller holds both. `shown`: the barrier that it is about, by its name. */
export async function makeShardsAndFinish(
  ports: RecoveryPorts,
  source: ConnectedLab,
  {shown, identity}: {readonly shown: BarrierPlan; readonly identity?: string | undefined},
  into: NewLab & Pick<RestoredLabOptions, 'again'>,
  {onReplanned}: BarrierHooks,
): Promise<RestoredToBarrier> {
  const {clock} = ports
  const plan = await planToBarrier(ports, source, {wanted: shown.barrier.name, identity, how: 'archive'})
  const isSame = plan.shards.every(({prepared}, index) => {
    const before = shown.shards[index]?.prepared
    return before !== undefined && sameStart(prepared, before)
  })
  if (!isSame) onReplanned?.(plan)
  const startedMs = clock.nowMs()
  const made = await shardsIntoNewLab(ports, plan, {...into, from: source.cluster.lab, identity})
  const writableMs = clock.nowMs() - startedMs
  const shards = plan.shards.map(({shard}) => shard)
  const checks = await finishShards(ports, made.lab, {shards, barrier: plan.barrier, start: made.startStandbys})
  return {lab: made.lab, barrier: plan.barrier, restored: made.restored, writableMs, checks}
}

/**
 * The new lab of a plan that was made with the archive; returns when the primaries of all shards take writes, and no
 * standby is started yet. The caller holds both labs.
 */
export async function shardsIntoNewLab(
  {docker, clock, signal, note, onPhase}: RecoveryPorts,
  {barrier, shards}: BarrierPlan,
  into: NewLab & Pick<RestoredLabOptions, 'from' | 'identity' | 'again'>,
): Promise<RestoredShards<RestoredData>> {
  return startRestoredShards(
    docker,
    {
      ...into,
      clock,
      progress: note,
      wanted: {toBarrier: barrier.name},
      ...(signal === undefined ? {} : {signal}),
    },
    shards.map(({shard, prepared}) => ({
      shard,
      restore: async node => restoreData(node, clock, jobOf(prepared, onPhase)),
    })),
    onPhase,
  )
}

/** Standbys, redundancy and checks of each shard, then what is asked of all together; it is on record as over then. */
export async function finishShards(
  ports: Pick<RecoveryPorts, 'docker' | 'clock' | 'signal' | 'note'>,
  lab: ConnectedLab,
  {
    shards,
    barrier,
    start,
  }: {
    readonly shards: readonly string[]
    /** null: it is not known any more. */
    readonly barrier: Barrier | null
    readonly start: (shard: string) => Promise<void>
  },
): Promise<readonly Check[]> {
  const checks: Check[] = []
  for (const shard of shards) {
    const whole = {lab: atShard(lab, {shard}), restored: null, startStandbys: async () => start(shard)}
    const done = await finishRestore(ports, whole, ports.clock.nowMs())
    checks.push(...done.checks.map(check => ({...check, name: `${shard}: ${check.name}`})))
  }
  ports.note('ending what is prepared, and comparing what the shards have')
  checks.push(...(await checkRestoredShards(lab, barrier)))
  await settle(ports, lab.cluster.lab, checks)
  return checks
}
