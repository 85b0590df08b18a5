// Barriers over the shards of a map: taken, recorded on every shard, listed. Invariants: a barrier is told of only when
// every shard has its record, durably and on the timeline of its restore point, so that no failover is between them;
// what is not whole is taken back, as far as the shards can be reached. Not here: one try (take-barrier.ts), archives
// and restores (the caller's).
import {MoveSession} from '../move/move-session.ts'
import type {MoveServer} from '../move/move-servers.ts'
import {messageOf, ShardError} from '../shard-error.ts'
import {nowMs, pause} from '../time/pause.ts'
import {SessionParty} from './barrier-session.ts'
import {forgetText, knownText, listText, noteText, readyText, unnoteText} from './barrier-sql.ts'
import type {Barrier, BarrierPosition} from './barrier.ts'
import {tryBarrier} from './take-barrier.ts'

/** A shard, as it is reached: its primary, as superuser. */
export type BarrierServer = Pick<MoveServer, 'name' | 'connection'>

/** How a barrier is taken. */
export interface BarrierOptions {
  /** What it is called; default: the time, by the clock of the first shard. */
  readonly name?: string
  /** The longest that a transaction waits for one try, ms. Default 500. */
  readonly holdMs?: number
  /** Tries before it is given up, with growing pauses between them. Default 5. */
  readonly triesMost?: number
  /** For a connection, and for each answer outside of the hold, ms. Default 10,000. */
  readonly replyMs?: number
  /** Ends it between two steps. */
  readonly signal?: AbortSignal | undefined
  /** Told of a try that came to nothing. */
  readonly onMissed?: (why: string) => void
}

/** What is on record, and who could not be asked. */
export interface ListedBarriers {
  /** Newest first; those that every shard of them has which could be asked. */
  readonly barriers: readonly Barrier[]
  /** Shards that could not be asked. */
  readonly notAsked: readonly string[]
}

/** A name that fits a restore point, a line and a shell. */
const nameShape = /^[A-Za-z0-9][\w.-]{0,39}$/

/**
 * Takes one over all shards of a map: `shards` are all of them, as superuser, in the order of their names. Throws
 * ShardError: CONFIG_INVALID for a name that cannot be, is taken, or bounds that cannot be; SHARD_FAILED for a shard
 * that cannot be asked, lacks the schema or is another one; BARRIER_FAILED when no try came to its end, `detail.why`
 * by try. Nothing is left of it then.
 */
export async function takeBarrier(shards: readonly BarrierServer[], options: BarrierOptions = {}): Promise<Barrier> {
  const {holdMs = 500, triesMost = 5, replyMs = 10_000, signal} = options
  if (options.name !== undefined && !nameShape.test(options.name))
    throw invalid(
      `${JSON.stringify(options.name)} is no name of a barrier: give letters, digits, dots, hyphens and underscores, ` +
        'at most 40',
    )
  if (!(holdMs >= 10 && holdMs <= 60_000)) throw invalid(`a hold of ${holdMs} ms is not between 10 and 60,000`)
  const missed: string[] = []
  for (let attempt = 1; attempt <= triesMost; attempt++) {
    const why = await onAll(shards, {replyMs, signal}, async sessions => {
      const {name, mapId} = await ready(sessions, options.name)
      const parties = sessions.map(session => new SessionParty(session))
      const tried = await tryBarrier(parties, attempt === 1 ? name : `${name}.${attempt}`, {holdMs, nowMs})
      if (tried.kind === 'missed') return tried.shard === '' ? tried.why : `${tried.shard}: ${tried.why}`
      const {positions, heldMs} = tried
      const barrier = {name, takenAt: parties[0]?.pointedAt ?? '', heldMs, mapId, positions}
      const failedOver = await record(shards, {replyMs, signal}, barrier)
      return failedOver ?? barrier
    })
    if (typeof why !== 'string') return why
    missed.push(why)
    options.onMissed?.(why)
    if (attempt < triesMost) await pause(100 * 2 ** (attempt - 1), signal)
    signal?.throwIfAborted()
  }
  throw new ShardError(
    'BARRIER_FAILED',
    `no barrier was taken in ${triesMost} tries of ${holdMs} ms: ${missed.at(-1) ?? ''}; nothing is left of it`,
    {detail: {why: missed}},
  )
}

/** The newest `most` on record. Rejects with ShardError SHARD_FAILED only when no shard can be asked. */
export async function listBarriers(
  shards: readonly BarrierServer[],
  {most = 100, replyMs = 10_000, signal}: {readonly most?: number} & Pick<BarrierOptions, 'replyMs' | 'signal'> = {},
): Promise<ListedBarriers> {
  const asked = await Promise.allSettled(
    shards.map(async server =>
      withSession(server, {replyMs, signal}, async session => {
        const [known] = await session.rows<{installed: boolean}>(
          `SELECT to_regclass('hl_shards.barrier') IS NOT NULL AS installed`,
        )
        if (known?.installed !== true) return []
        return (await session.rows<{record: Barrier}>(listText, [most])).map(row => row.record)
      }),
    ),
  )
  const notAsked = shards.flatMap(({name}, index) => (asked[index]?.status === 'rejected' ? [name] : []))
  const [failure] = asked.flatMap(one => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (shards.length > 0 && notAsked.length === shards.length) throw unreachable(notAsked.join(', '), failure)
  const of = new Map(
    shards.flatMap(({name}, index) => {
      const outcome = asked[index]
      return outcome?.status === 'fulfilled' ? [[name, outcome.value] as const] : []
    }),
  )
  return {barriers: wholeOnes(of).slice(0, most), notAsked}
}

/** PURE: of what each shard has on record those that all of their shards have, as far as they were asked. */
export function wholeOnes(of: ReadonlyMap<string, readonly Barrier[]>): readonly Barrier[] {
  const byName = new Map([...of.values()].flat().map(barrier => [barrier.name, barrier]))
  return [...byName.values()]
    .filter(({name, positions}) =>
      positions.every(({shard}) => of.get(shard)?.some(barrier => barrier.name === name) ?? true),
    )
    .sort((one, other) => other.takenAt.localeCompare(one.takenAt) || other.name.localeCompare(one.name))
}

type Bounds = Required<Pick<BarrierOptions, 'replyMs'>> & Pick<BarrierOptions, 'signal'>

/** Refuses before anything is held. */
async function ready(
  sessions: readonly MoveSession[],
  wanted: string | undefined,
): Promise<{readonly name: string; readonly mapId: string}> {
  let name = wanted ?? ''
  const maps = new Set<string>()
  for (const session of sessions) {
    const {server} = session
    const [is] = await session.rows<{standby: boolean; installed: boolean; stamp: string}>(readyText)
    if (is?.standby !== false) throw new ShardError('SHARD_FAILED', `${server} is no primary`, {shard: server})
    if (!is.installed)
      throw new ShardError(
        'SHARD_FAILED',
        `${server} has the schema hl_shards of an earlier version, without barriers: bring it up to date ` +
          '(installSchema) on every shard',
        {shard: server, detail: {reason: 'NOT_INSTALLED'}},
      )
    if (name === '') name = is.stamp
    const [known] = await session.rows<{shard: string; mapId: string; taken: boolean}>(knownText, [name])
    if (known?.shard !== server)
      throw new ShardError('WRONG_SHARD', `the server of ${server} is ${known?.shard ?? 'no shard of a map'}`, {
        shard: server,
      })
    if (known.taken) throw invalid(`there is a barrier ${name} already: choose another name`, server)
    maps.add(known.mapId)
  }
  const [mapId, other] = [...maps]
  if (mapId === undefined || other !== undefined)
    throw new ShardError('WRONG_SHARD', `the shards belong to ${maps.size} maps: ${[...maps].join(', ')}`)
  return {name, mapId}
}

/** null: every shard has it. Otherwise why the points are worth nothing, and no shard has it. */
async function record(shards: readonly BarrierServer[], bounds: Bounds, barrier: Barrier): Promise<string | null> {
  const of = new Map(barrier.positions.map(position => [position.shard, position]))
  const noted = await Promise.allSettled(shards.map(async server => note(server, bounds, barrier, of.get(server.name))))
  const problems = noted.flatMap(({status, ...outcome}, index) => {
    if (status === 'rejected') return [`${shards[index]?.name ?? ''}: ${messageOf(Reflect.get(outcome, 'reason'))}`]
    const why: unknown = Reflect.get(outcome, 'value')
    return typeof why === 'string' ? [why] : []
  })
  if (problems.length === 0) return null
  await Promise.allSettled(
    shards.map(async server => withSession(server, bounds, async session => session.rows(unnoteText, [barrier.name]))),
  )
  return problems.join('; ')
}

/** On a connection to whoever is the primary by now. */
async function note(
  server: BarrierServer,
  bounds: Bounds,
  barrier: Barrier,
  position: BarrierPosition | undefined,
): Promise<string | null> {
  return withSession(server, bounds, async session => {
    const {name, takenAt} = barrier
    const [row] = await session.rows<{timeline: number}>(noteText, [name, takenAt, JSON.stringify(barrier)])
    await session.rows(forgetText)
    if (row !== undefined && row.timeline === position?.timeline) return null
    return `${server.name} failed over meanwhile, from timeline ${position?.timeline} to ${row?.timeline}`
  })
}

/** Does `work` with a session to each, and ends them. */
async function onAll<T>(
  shards: readonly BarrierServer[],
  bounds: Bounds,
  work: (sessions: readonly MoveSession[]) => Promise<T>,
): Promise<T> {
  const opened = await Promise.allSettled(shards.map(async server => open(server, bounds)))
  const sessions = opened.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    const failed = opened.find(one => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return await work(sessions)
  } finally {
    await Promise.all(sessions.map(async session => session.end()))
  }
}

async function withSession<T>(
  server: BarrierServer,
  bounds: Bounds,
  work: (session: MoveSession) => Promise<T>,
): Promise<T> {
  return onAll([server], bounds, async ([session]) => {
    if (session === undefined) throw new Error('unreachable')
    return work(session)
  })
}

async function open(server: BarrierServer, {replyMs, signal}: Bounds): Promise<MoveSession> {
  return MoveSession.open(server, {application: 'hl-barrier', replyMs, signal}).catch((cause: unknown) => {
    throw signal?.aborted === true ? cause : unreachable(server.name, cause)
  })
}

function unreachable(which: string, cause: unknown): ShardError {
  return new ShardError('SHARD_FAILED', `${which} cannot be asked: ${messageOf(cause)}`, {cause})
}

const invalid = (message: string, shard: string | null = null): ShardError =>
  new ShardError('CONFIG_INVALID', message, {shard})
