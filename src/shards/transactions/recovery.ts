// What other processes left prepared: seen, decided, ended. From any client, at any time, also beside those processes.
// Invariants: the order of looking is prepared, over, committed, prepared again, each by a statement of its own, since
// every look must see at least what was so before it; a shard that cannot be asked makes things doubtful, never
// decided; the own prefix and the own database only. Not here: the table (decide-recovery.ts), SQL (shard-records.ts).
import {ShardError} from '../shard-error.ts'
import type {Shard} from '../shard.ts'
import {decideCompaction} from './decide-compaction.ts'
import {decideRecovery, othersSay, type CoordinatorSays, type Verdict} from './decide-recovery.ts'
import {parseGid, prefixOf} from './gid.ts'
import {recordsOf, type PreparedPart, type ShardRecords} from './shard-records.ts'

/** Of which map, and how long each shard may take. */
export interface InDoubtOptions {
  /** Of the map whose transactions are meant. */
  readonly mapId: string
  /** Of each question to a shard. Default 5,000. */
  readonly deadlineMs?: number
  /**
   * Waited for before a shard is asked: rejects for a server that may be another one than it is configured as, whose
   * word would undo what was decided. Such a shard counts as one that cannot be asked. Default: the addresses are
   * right.
   */
  readonly admit?: (shard: string) => Promise<void>
}

/** One part that is prepared, and what may be done about it. */
export interface InDoubt {
  /** Of the part, as pg_prepared_xacts has it. */
  readonly gid: string
  /** Of the whole transaction: the same for all its parts. */
  readonly id: string
  /** On which it is prepared. */
  readonly shard: string
  /** The shard that keeps the decision. */
  readonly coordinator: string
  /** When it was prepared, by the clock of its server. */
  readonly preparedAt: Date
  /** The role that prepared it. */
  readonly owner: string
  /** wait: somebody is at work on it. in-doubt: a person decides. commit, roll-back: resolveInDoubt() does it. */
  readonly do: Exclude<Verdict, 'gone'>
  /** For people. */
  readonly why: string
  /** Shards on which a part of the transaction is prepared, and those that have committed theirs. */
  readonly preparedOn: readonly string[]
  /** Shards that have committed their parts. */
  readonly committedOn: readonly string[]
  /** Shards that could not be asked. */
  readonly notAsked: readonly string[]
}

/** How what is in doubt is ended. */
export interface ResolveOptions extends InDoubtOptions {
  /** A person's decisions, by the transaction's id; only what is in doubt is decided so. */
  readonly decide?: Readonly<Record<string, 'commit' | 'roll-back'>>
}

/** What was done about one part. left: nothing, see `why`. */
export interface Resolution extends InDoubt {
  /** What became of it. */
  readonly done: 'committed' | 'rolled-back' | 'left'
  /** Why it could not be done, where it was tried. */
  readonly error: unknown
}

/**
 * All parts that are prepared on these shards, oldest first, and what would be done about each. Changes nothing.
 * Rejects with ShardError IN_DOUBT only when no shard at all can be asked.
 */
export async function listInDoubt(shards: readonly Shard[], options: InDoubtOptions): Promise<readonly InDoubt[]> {
  return (await lookAround(recordsFor(shards, options), options.mapId)).parts
}

/**
 * Ends what is decided: commits parts whose coordinator has committed, rolls back those that surely never will be.
 * Whatever is in doubt is left, unless `decide` names it. `shards` must be all shards of the map: one that is missing,
 * or cannot be asked, leaves its transactions in doubt. May run in several places at once.
 */
export async function resolveInDoubt(
  shards: readonly Shard[],
  options: ResolveOptions,
): Promise<readonly Resolution[]> {
  return resolve(recordsFor(shards, options), options.mapId, options.decide ?? {})
}

function recordsFor(shards: readonly Shard[], {deadlineMs = 5_000, admit}: InDoubtOptions): readonly ShardRecords[] {
  return shards.map(shard => recordsOf(shard, deadlineMs, admit))
}

/** The same over any records. */
export async function resolve(
  shards: readonly ShardRecords[],
  mapId: string,
  decide: Readonly<Record<string, 'commit' | 'roll-back'>> = {},
): Promise<readonly Resolution[]> {
  const {parts} = await lookAround(shards, mapId)
  const byName = new Map(shards.map(records => [records.shard, records]))
  const resolutions = await Promise.all(
    parts.map(async (part): Promise<Resolution> => {
      const verdict = part.do === 'in-doubt' ? (decide[part.id] ?? 'in-doubt') : part.do
      if (verdict === 'wait' || verdict === 'in-doubt') return {...part, done: 'left', error: null}
      try {
        await byName.get(part.shard)?.finish(part.gid, verdict === 'commit' ? 'COMMIT' : 'ROLLBACK')
        return {...part, done: verdict === 'commit' ? 'committed' : 'rolled-back', error: null}
      } catch (error) {
        return {...part, done: 'left', error}
      }
    }),
  )
  await compactAll(shards, mapId)
  return resolutions
}

interface Look {
  readonly parts: readonly InDoubt[]
}

interface Part {
  readonly shard: string
  readonly id: string
  readonly coordinator: string
  readonly participants: number
  readonly found: PreparedPart
}

async function lookAround(shards: readonly ShardRecords[], mapId: string): Promise<Look> {
  const prefix = prefixOf(mapId)
  const notAsked = new Set<string>()
  const ask = asking(shards, notAsked)
  const first = (await ask(records => records.prepared(prefix))).flatMap(partsOf)
  if (shards.length > 0 && notAsked.size === shards.length)
    throw new ShardError('IN_DOUBT', 'no shard could be asked for what is prepared: check that they can be reached', {
      detail: {shards: [...notAsked]},
    })
  if (first.length === 0) return {parts: []}
  const ids = [...new Set(first.map(({id}) => id))]
  const coordinated = new Map(first.map(({id, coordinator}) => [id, coordinator]))
  const idsOf = (shard: string): readonly string[] => ids.filter(id => coordinated.get(id) === shard)
  const over = new Map((await ask(async records => records.over(idsOf(records.shard)))).map(pair))
  const committed = new Map((await ask(records => records.committed(ids))).map(pair))
  const again = (await ask(records => records.prepared(prefix))).flatMap(partsOf)
  const stillThere = new Set(again.map(({found}) => found.gid))
  const shown = first.flatMap(part => {
    const parts = first.filter(({id}) => id === part.id)
    const committedOn = [...committed].filter(([, found]) => found.has(part.id)).map(([shard]) => shard)
    const preparedOn = parts.filter(({found}) => stillThere.has(found.gid)).map(({shard}) => shard)
    const decision = decideRecovery({
      // Somebody who ends other parts of it between two looks is at work on this one too.
      coordinator:
        preparedOn.length < parts.length
          ? 'running'
          : coordinatorSays(part, over.get(part.coordinator), committedOn, notAsked),
      others: othersSay({
        participants: part.participants,
        preparedOn: preparedOn.length,
        isCommittedElsewhere: committedOn.some(shard => shard !== part.coordinator),
        allAsked: notAsked.size === 0,
      }),
      isStillPrepared: stillThere.has(part.found.gid),
    })
    if (decision.do === 'gone') return []
    return [{...shownOf(part), do: decision.do, why: decision.why, preparedOn, committedOn, notAsked: [...notAsked]}]
  })
  return {parts: shown.sort((one, other) => one.preparedAt.getTime() - other.preparedAt.getTime())}
}

function coordinatorSays(
  {id, coordinator}: Part,
  over: ReadonlySet<string> | undefined,
  committedOn: readonly string[],
  notAsked: ReadonlySet<string>,
): CoordinatorSays {
  if (over === undefined || notAsked.has(coordinator)) return 'unreachable'
  if (!over.has(id)) return 'running'
  return committedOn.includes(coordinator) ? 'committed' : 'none'
}

function shownOf({
  shard,
  id,
  coordinator,
  found,
}: Part): Pick<InDoubt, 'gid' | 'id' | 'shard' | 'coordinator' | 'preparedAt' | 'owner'> {
  return {gid: found.gid, id, shard, coordinator, preparedAt: found.prepared, owner: found.owner}
}

interface Told<T> {
  readonly shard: string
  readonly told: T
}

const pair = <T>({shard, told}: Told<T>): readonly [string, T] => [shard, told]

function partsOf({shard, told}: Told<readonly PreparedPart[]>): readonly Part[] {
  return told.flatMap(found => {
    const parsed = parseGid(found.gid)
    if (parsed === null) return []
    const {coordinator, participants} = parsed.name
    return [{shard, id: parsed.id, coordinator, participants, found}]
  })
}

/** Asks all that have answered so far; who does not is left out from then on. */
function asking(shards: readonly ShardRecords[], notAsked: Set<string>) {
  return async <T>(question: (records: ShardRecords) => Promise<T>): Promise<readonly Told<T>[]> => {
    const answers = await Promise.all(
      shards
        .filter(({shard}) => !notAsked.has(shard))
        .map(async (records): Promise<Told<T> | null> => {
          try {
            return {shard: records.shard, told: await question(records)}
          } catch {
            notAsked.add(records.shard)
            return null
          }
        }),
    )
    return answers.filter(answer => answer !== null)
  }
}

/** At most so many rows of one shard at a time. */
const rowsMax = 10_000

/** Decisions of which nothing is prepared any more become numbers; what fails is done the next time. */
async function compactAll(shards: readonly ShardRecords[], mapId: string): Promise<void> {
  const prefix = prefixOf(mapId)
  const notAsked = new Set<string>()
  const ask = asking(shards, notAsked)
  const rows = await ask(records => records.decisions(prefix, rowsMax))
  if (rows.every(({told}) => told.length === 0)) return
  const prepared = new Set((await ask(records => records.prepared(prefix))).flatMap(partsOf).map(({id}) => id))
  const asked = new Set(shards.map(({shard}) => shard).filter(shard => !notAsked.has(shard)))
  const seen = {shards: rows.map(({shard, told}) => ({shard, rows: told})), prepared, notAsked, asked}
  for (const {shard, ids} of decideCompaction(seen))
    await shards
      .find(records => records.shard === shard)
      ?.compact(ids)
      .catch(() => undefined)
}
