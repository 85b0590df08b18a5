// Transactions over the shards of a lab that were prepared and not ended, seen and ended. Invariants: a person decides
// only what nobody can know; a decision that does not fit is refused before anything is ended. Not here: what may be
// done about one (src/shards/transactions).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {
  listInDoubt,
  readShardState,
  resolveInDoubt,
  type InDoubt,
  type Resolution,
  type Shard,
} from '../shards/index.ts'
import {primaryOf, requireSharded, withShards} from './lab-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/** What a person decides, by the transaction's id. */
export type Decisions = Readonly<Record<string, 'commit' | 'roll-back'>>

/** `hl tx list`. */
export interface InDoubtAnswer {
  readonly lab: string
  readonly mapId: string
  /** Parts that are prepared, oldest first. */
  readonly parts: readonly InDoubt[]
  /** Shards that could not be asked: their parts are not in the list. */
  readonly notAsked: readonly string[]
}

/** A part, and what becomes of it. */
export interface ResolvedPart extends Omit<Resolution, 'done' | 'error'> {
  /** `would-…`: under --dry-run. */
  readonly done: Resolution['done'] | 'would-commit' | 'would-roll-back' | 'would-stay'
  /** Why it could not be done, where it was tried. */
  readonly error: string | null
}

/** `hl tx resolve`. */
export interface ResolveAnswer extends Omit<InDoubtAnswer, 'parts'> {
  readonly parts: readonly ResolvedPart[]
}

/** The role that writes through pools: whoever prepared a part may end it. */
const writerOf = ({secrets}: ConnectedLab) => ({user: 'hl_app', password: secrets.app})

/** Changes nothing. Errors: MAP_MISSING, LAB_UNHEALTHY when no shard can be asked. */
export async function listTransactions(lab: ConnectedLab): Promise<InDoubtAnswer> {
  requireSharded(lab)
  return withShards(lab, writerOf(lab), async shards => look(lab, shards))
}

/**
 * Ends what is decided, and what `decisions` say of the rest. Errors: those of listTransactions(), TRANSACTION_UNKNOWN
 * for a decision about what is not in doubt.
 */
export async function resolveTransactions(
  lab: ConnectedLab,
  {decisions, dryRun}: {readonly decisions: Decisions; readonly dryRun: boolean},
): Promise<ResolveAnswer> {
  requireSharded(lab)
  return withShards(lab, writerOf(lab), async shards => {
    const seen = await look(lab, shards)
    checkDecisions(seen.parts, decisions)
    if (dryRun) return {...seen, parts: seen.parts.map(part => plannedFor(part, decisions))}
    const {mapId} = seen
    const ended = await asHlErrors(() => resolveInDoubt(shards, {mapId, decide: decisions}))
    return {...seen, parts: ended.map(part => ({...part, error: errorText(part.error)}))}
  })
}

async function look(lab: ConnectedLab, shards: readonly Shard[]): Promise<InDoubtAnswer> {
  const {mapId, notAsked} = await mapOf(lab, shards)
  const parts = await asHlErrors(() => listInDoubt(shards, {mapId}))
  const silent = new Set([...notAsked, ...parts.flatMap(part => part.notAsked)])
  return {lab: lab.cluster.lab, mapId, parts, notAsked: [...silent].sort()}
}

/** From whichever shard answers: each knows the map that it belongs to. */
async function mapOf(lab: ConnectedLab, shards: readonly Shard[]): Promise<Pick<InDoubtAnswer, 'mapId' | 'notAsked'>> {
  const asked = await Promise.allSettled(shards.map(async shard => readShardState(primaryOf(shard).query)))
  const notAsked = shards.flatMap(({name}, index) => (asked[index]?.status === 'rejected' ? [name] : []))
  const mapId = asked.flatMap(one =>
    one.status === 'fulfilled' && one.value.self !== null ? [one.value.self.mapId] : [],
  )[0]
  if (mapId !== undefined) return {mapId, notAsked}
  if (notAsked.length === shards.length)
    throw new HlError('LAB_UNHEALTHY', `no shard of lab ${lab.cluster.lab} can be asked`, {next: [hint('status')]})
  throw new HlError('MAP_MISSING', `the shards of lab ${lab.cluster.lab} that answer have no map`, {
    next: [hint('up', {why: 'makes their tables and writes it'}), hint('shards list', {why: 'shows each shard'})],
  })
}

/** PURE: TRANSACTION_UNKNOWN unless each is about a transaction that is in doubt. */
export function checkDecisions(parts: readonly InDoubt[], decisions: Decisions): void {
  for (const id of Object.keys(decisions)) {
    const about = parts.filter(part => part.id === id)
    if (about.some(part => part.do === 'in-doubt')) continue
    const [first] = about
    throw new HlError(
      'TRANSACTION_UNKNOWN',
      first === undefined
        ? `no transaction ${id} is prepared on the shards that answer; nothing was ended`
        : `the transaction ${id} is not in doubt, and no decision about it is taken: ${first.why}; nothing was ended`,
      {next: [hint('tx list', {why: 'shows what is prepared'})]},
    )
  }
}

/** PURE: what would be done about a part. */
export function plannedFor(part: InDoubt, decisions: Decisions): ResolvedPart {
  const verdict = part.do === 'in-doubt' ? (decisions[part.id] ?? 'in-doubt') : part.do
  const done = {
    'commit': 'would-commit',
    'roll-back': 'would-roll-back',
    'wait': 'would-stay',
    'in-doubt': 'would-stay',
  }
  return {...part, done: done[verdict] as ResolvedPart['done'], error: null}
}

/** PURE: the two flags as one. USAGE for a transaction that is in both. */
export function decisionsFrom(commit: readonly string[], rollBack: readonly string[]): Decisions {
  const both = commit.find(id => rollBack.includes(id))
  if (both !== undefined)
    throw new HlError('USAGE', `--commit and --roll-back are both given for ${both}`, {next: ['give one of them']})
  return Object.fromEntries([
    ...commit.map(id => [id, 'commit'] as const),
    ...rollBack.map(id => [id, 'roll-back'] as const),
  ])
}

/** PURE: is there something left that only a person, or a mended shard, can end? Whoever is at work ends his own. */
export const needsPerson = ({parts}: ResolveAnswer): boolean =>
  parts.some(({done, do: verdict}) => (done === 'left' || done === 'would-stay') && verdict !== 'wait')

function errorText(error: unknown): string | null {
  if (error === null || error === undefined) return null
  return error instanceof Error ? error.message : JSON.stringify(error)
}
