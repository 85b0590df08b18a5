// `hl restore --to-barrier`: all shards of a lab together, into a new lab. Not here: the restore (src/recovery).
import type {Settings} from '../src/config/fields.ts'
import type {RestorePlan} from '../src/backup/restore/plan-restore.ts'
import {hint} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'
import type {Check} from '../src/model/verdict.ts'
import type {BarrierPlan} from '../src/recovery/plan-to-barrier.ts'
import {
  planShardsIntoNewLab,
  restoreShardsIntoNewLab,
  type BarrierRequest,
  type RestoredToBarrier,
} from '../src/recovery/restore-to-barrier.ts'
import type {Barrier} from '../src/shards/index.ts'
import {identityFrom} from './archive-identity.ts'
import {interruptible} from './interrupt.ts'
import {targetFlagNames} from './restore-flags.ts'
import {restorePlace, restoreTexts} from './restore-place.ts'
import {barrierPlanScreen, restoredShardsScreen} from './view/restore-screen.ts'
import {openLab, recoveryPorts} from './wire.ts'

/** `hl restore --to-barrier`. */
export interface BarrierRestoreAnswer {
  readonly barrier: Barrier
  readonly shards: readonly {
    readonly shard: string
    readonly plan: RestorePlan
    /** Everything below it is there; null: nothing was restored. */
    readonly endLsn: string | null
    /** Commit time of the last transaction that was replayed; null when none was. */
    readonly lastCommit: string | null
  }[]
  readonly checks: readonly Check[]
}

interface Asked extends BarrierRequest {
  readonly into: string
  readonly dryRun: boolean
}

type BarrierFlags = {
  readonly 'into'?: string | undefined
  readonly 'shard'?: string | undefined
  readonly 'timeline'?: number | undefined
  readonly 'exclusive'?: boolean | undefined
  readonly 'dry-run': boolean
} & Readonly<Partial<Record<(typeof targetFlagNames)[number] | 'identity', string | undefined>>>

/** null: another target. USAGE beside one, for one shard, or without a new lab. */
export function barrierRequest(flags: BarrierFlags): Asked | null {
  const wanted = flags['to-barrier']
  if (wanted === undefined) return null
  const {into, shard, timeline, exclusive} = flags
  const others = targetFlagNames.filter(name => name !== 'to-barrier' && flags[name] !== undefined)
  const beside = [
    ...others,
    ...(timeline === undefined ? [] : ['timeline']),
    ...(exclusive === true ? ['exclusive'] : []),
    ...(shard === undefined ? [] : ['shard']),
  ]
  if (beside.length === 0 && into !== undefined)
    return {wanted, into, identity: identityFrom(flags.identity), dryRun: flags['dry-run']}
  throw new HlError(
    'USAGE',
    into === undefined
      ? '--to-barrier restores all shards into a new lab'
      : `--to-barrier says for every shard where it ends, and takes no --${beside.join(', --')}`,
    {next: [hint('restore', {flags: {'into': '<new lab>', 'to-barrier': wanted}})]},
  )
}

/** Shows the plan, and unless it is a dry run carries it out. */
export async function restoreToBarrier(
  {wanted, identity, into, dryRun}: Asked,
  {
    settings,
    note,
    show,
  }: {readonly settings: Settings; readonly note: (text: string) => void; readonly show: (text: string) => void},
): Promise<BarrierRestoreAnswer> {
  const source = await openLab(settings)
  const place = restorePlace({into}, settings, source.cluster)
  if (place.kind !== 'into') throw new HlError('BUG', 'no new lab', {next: ['report this with the command you ran']})
  const ports = recoveryPorts(note, undefined)
  const plan = await planShardsIntoNewLab(ports, source, {wanted, identity}, place.lab)
  show(barrierPlanScreen(plan))
  if (dryRun) return answerOf(plan, null)
  const onReplanned = (now: BarrierPlan): void => show(`the archive has changed:\n${barrierPlanScreen(now)}`)
  const done = await interruptible({...restoreTexts(place, settings.lab), note}, async signal =>
    restoreShardsIntoNewLab({...ports, signal}, source, plan, place.lab, {identity, onReplanned}),
  )
  show(restoredShardsScreen(done))
  return answerOf(plan, done)
}

function answerOf({barrier, shards}: BarrierPlan, done: RestoredToBarrier | null): BarrierRestoreAnswer {
  return {
    barrier,
    shards: shards.map(({shard, prepared: {plan}}) => {
      const restored = done?.restored.get(shard)
      return {
        shard,
        plan,
        endLsn: restored === undefined ? null : String(restored.endLsn),
        lastCommit: restored?.lastCommit ?? null,
      }
    }),
    checks: done?.checks ?? [],
  }
}
