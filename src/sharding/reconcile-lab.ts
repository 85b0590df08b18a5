// One shard of a lab that was restored by itself is brought in line with the others, or it is said what nobody can
// decide from here, and the way out. Invariants: nothing is changed before all that would refuse it was asked; it
// serves only once everything is done. Not here: the groups (src/shards/map), the restore (src/recovery).
import type {Docker} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {hint, type NextStep} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {plural} from '../model/quantity.ts'
import {
  lookAtRestored,
  migrationStatus,
  quarantinedShards,
  reconcileShard,
  type MigrationsStatus,
  type ReconciledShard,
  type ReconcileReason,
  type RestoredShard,
  type Wholeness,
} from '../shards/index.ts'
import {askWholeness} from './check-restored.ts'
import {rangesOf, rangesText} from './group-ranges.ts'
import {listTransactions, resolveTransactions, type InDoubtAnswer} from './in-doubt.ts'
import {moveCluster} from './lab-moves.ts'
import {migrationTargets} from './lab-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/** `hl shards reconcile`. */
export interface ReconcileAnswer {
  readonly lab: string
  readonly shard: string
  /** When it was restored. */
  readonly since: string
  readonly keep: readonly number[]
  readonly release: readonly number[]
  /** Transactions over shards that the others have and it has lost, or that are halves for another reason. */
  readonly lost: Wholeness
  /** null: it was only looked at. */
  readonly done: ReconciledShard | null
}

/** What was looked at. */
export interface ReconcileLook {
  readonly restored: RestoredShard
  readonly lost: Wholeness
}

/** Why it is not done; each has its way out. */
export interface Refusal {
  readonly why: string
  readonly next: readonly NextStep[]
}

/**
 * Looks, and refuses what nobody can decide. `shard` absent: the only one in quarantine. Errors: RECONCILE_REFUSED,
 * SHARD_UNKNOWN, MAP_MISSING, LAB_UNHEALTHY.
 */
export async function lookAtReconcile(
  lab: ConnectedLab,
  {shard, acceptLost}: {readonly shard?: string | undefined; readonly acceptLost: boolean},
): Promise<ReconcileLook> {
  const cluster = moveCluster(lab)
  return asHlErrors(async () => {
    const name = shard ?? (await onlyQuarantined(lab, await quarantinedShards(cluster)))
    const restored = await lookAtRestored(cluster, name).catch((error: unknown) => {
      throw notQuarantined(error, lab.cluster.lab) ?? error
    })
    const prepared = await listTransactions(lab)
    const lost = await askWholeness(lab)
    const schemas = await migrationStatus(await migrationTargets(lab), [])
    const refusals = refusalsOf({restored, prepared, lost, schemas, acceptLost})
    if (refusals.length === 0) return {restored, lost}
    throw new HlError(
      'RECONCILE_REFUSED',
      `shard ${name} stays in quarantine: ${refusals.map(({why}) => why).join('; ')}; nothing was changed`,
      {next: refusals.flatMap(({next}) => next)},
    )
  })
}

/** Takes the lab, looks again, and carries it out. Errors: those of lookAtReconcile(), LAB_BUSY. */
export async function reconcileLab(
  docker: Docker,
  lab: ConnectedLab,
  asked: {readonly shard?: string | undefined; readonly acceptLost: boolean},
  onProgress: (text: string) => void,
): Promise<ReconcileAnswer> {
  return whileLocked(docker, {lab: lab.cluster.lab, what: 'hl shards reconcile'}, async () =>
    bringInLine(lab, asked, onProgress),
  )
}

/** The same; the caller holds the lab. */
export async function bringInLine(
  lab: ConnectedLab,
  asked: {readonly shard?: string | undefined; readonly acceptLost: boolean},
  onProgress: (text: string) => void,
): Promise<ReconcileAnswer> {
  onProgress('ending what is prepared and decided')
  await resolveTransactions(lab, {decisions: {}, dryRun: false})
  const look = await lookAtReconcile(lab, asked)
  const done = await asHlErrors(async () => reconcileShard(moveCluster(lab), look.restored, {onProgress}))
  return answerOf(lab.cluster.lab, look, done)
}

/** PURE. */
export function answerOf(lab: string, {restored, lost}: ReconcileLook, done: ReconciledShard | null): ReconcileAnswer {
  const of = (kind: 'keep' | 'release'): readonly number[] =>
    restored.plan.steps.flatMap(step => (step.kind === kind ? [step.group] : []))
  const {shard, since} = restored
  return {lab, shard, since, keep: of('keep'), release: of('release'), lost, done}
}

interface Seen extends ReconcileLook {
  readonly prepared: Pick<InDoubtAnswer, 'parts' | 'notAsked'>
  readonly schemas: Pick<MigrationsStatus, 'shards' | 'drift'>
  readonly acceptLost: boolean
}

/** PURE: all that speaks against it, the worst first. */
export function refusalsOf({restored, prepared, lost, schemas, acceptLost}: Seen): readonly Refusal[] {
  const {shard, plan, openMoves} = restored
  const later = hint('restore', {
    shard,
    flags: {'in-place': true, 'to': 'latest', 'discard-copy': true},
    why: 'restores it to a later moment',
  })
  const verify = hint('shards verify', {why: 'shows which shard owns and has what'})
  const ways: Readonly<Record<ReconcileReason, Refusal>> = {
    CAME_LATER: {why: `came to it after that moment, so it lacks their rows`, next: [later]},
    MOVING: {why: 'are changing hands', next: [hint('shards status', {why: 'shows the move'})]},
    TWO_OWNERS: {why: 'are owned by several shards', next: [verify, hint('psql')]},
    NO_OWNER: {why: 'are owned by nobody', next: [verify, hint('psql')]},
  }
  const groups = plan.refusals.map(({reason, groups: which}) => ({
    why: `groups ${rangesText(rangesOf(which))} ${ways[reason].why}`,
    next: ways[reason].next,
  }))
  const lacks = lackingMigrations(schemas, shard)
  const inDoubt = prepared.parts.filter(part => part.do === 'in-doubt')
  const when = (is: boolean, refusal: Refusal): readonly Refusal[] => (is ? [refusal] : [])
  return [
    ...groups,
    ...when(openMoves.length > 0, {
      why: `the move ${openMoves.join(', ')} is on record on another shard, and the restored one may be set back behind it`,
      next: [later, hint('shards status', {why: 'shows the move'})],
    }),
    ...when(lacks !== null, {
      why: lacks ?? '',
      next: [hint('migrations apply', {why: 'makes its schema that of the others'})],
    }),
    ...when(prepared.notAsked.length > 0, {
      why: `${prepared.notAsked.join(', ')} could not be asked what is prepared`,
      next: [hint('status')],
    }),
    ...when(inDoubt.length > 0, {
      why: `${plural(inDoubt.length, 'part')} of transactions are prepared, and nobody but a person can decide them`,
      next: [hint('tx list', {why: 'shows them, and how each is ended'})],
    }),
    ...when(lost.halves > 0 && !acceptLost, {
      why: `${plural(lost.halves, 'transaction')} over shards would be on some of their shards alone, as ${lost.named
        .slice(0, 3)
        .map(({id, on}) => `${id} on ${on}`)
        .join(', ')}`,
      next: [
        hint('restore', {flags: {'into': '<new lab>', 'to-barrier': 'latest'}, why: 'restores all shards together'}),
        hint('shards reconcile', {args: [shard], flags: {'accept-lost': true}, why: 'accepts that they are halves'}),
      ],
    }),
  ]
}

/** PURE: what it lacks, or in what the shards differ; null: nothing. */
function lackingMigrations({shards, drift}: Seen['schemas'], shard: string): string | null {
  const mine = new Set(shards.find(one => one.shard === shard)?.applied)
  const lacking = [...new Set(shards.flatMap(({applied}) => applied))].filter(name => !mine.has(name))
  if (lacking.length > 0) return `it lacks the migrations ${lacking.join(', ')}`
  return drift === null ? null : `its schema differs: ${drift.message}`
}

function notQuarantined(error: unknown, lab: string): HlError | null {
  const detail: unknown = error instanceof Error ? Reflect.get(error, 'detail') : null
  const reason: unknown = typeof detail === 'object' && detail !== null ? Reflect.get(detail, 'reason') : null
  if (!(error instanceof Error) || (reason !== 'NOT_QUARANTINED' && reason !== 'SHARD_UNKNOWN')) return null
  return new HlError(reason === 'SHARD_UNKNOWN' ? 'SHARD_UNKNOWN' : 'RECONCILE_REFUSED', error.message, {
    next: [hint('shards list', {lab, why: 'shows where each shard stands'})],
    cause: error,
  })
}

async function onlyQuarantined({cluster: {lab}}: ConnectedLab, names: readonly string[]): Promise<string> {
  const [only, second] = names
  if (only !== undefined && second === undefined) return Promise.resolve(only)
  throw new HlError(
    only === undefined ? 'RECONCILE_REFUSED' : 'SHARD_UNKNOWN',
    only === undefined
      ? `no shard of lab ${lab} is in quarantine: there is nothing to be brought in line`
      : `several shards of lab ${lab} are in quarantine, and none was named: ${names.join(', ')}`,
    {
      next:
        only === undefined
          ? [hint('shards list', {lab, why: 'shows where each shard stands'})]
          : names.map(name => hint('shards reconcile', {args: [name], lab})),
    },
  )
}
