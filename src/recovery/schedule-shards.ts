// The schedule of a lab of shards: that of each shard beside the others, one thing at a time, and barriers over all of
// them. Invariants: a barrier waits for no backup, since it needs the lab for itself no more than a transaction does;
// one that fails is told and tried again, and ends nothing. Not here: one cluster's schedule (schedule.ts), a barrier
// (barriers.ts).
import {readJournal} from '../backup/schedule/journal.ts'
import type {Outcome} from '../backup/schedule/decide-due.ts'
import {runSchedule, type ScheduleSummary, type Work} from '../backup/schedule/run-schedule.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {HlError, messageOf} from '../model/errors.ts'
import {createBarrier, type TakenBarrier} from './barriers.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {requireSchedulable, workOf, type ScheduleOptions} from './schedule.ts'

/** What came of one task, or of one barrier. */
export type ShardsOutcome =
  | Outcome
  | ({readonly shard: string} & Outcome)
  | {
      readonly task: 'barrier'
      readonly ok: boolean
      readonly at: string
      readonly durationMs: number
      readonly detail: string
    }

export interface ShardsScheduleOptions extends Omit<ScheduleOptions, 'tell' | 'publish'> {
  /** Absent: no barriers. */
  readonly barrierEveryMs?: number | undefined
  readonly tell: (outcome: ShardsOutcome) => void
  /** For tests. */
  readonly take?: (signal: AbortSignal) => Promise<TakenBarrier>
}

export interface ShardsSummary extends ScheduleSummary {
  readonly barriers: {readonly taken: number; readonly failed: number}
}

/** After a barrier that failed; never longer than its own interval. */
const retryFirstMs = 5_000
const retryMaxMs = 600_000

/** Until the signal, or with `once` until all that is due was tried. Errors: those of scheduleBackups(). */
export async function scheduleShards(
  ports: RecoveryPorts & {readonly signal: AbortSignal},
  lab: ConnectedLab,
  options: ShardsScheduleOptions,
): Promise<ShardsSummary> {
  const {docker, clock, signal} = ports
  const {cluster, clusters} = lab
  for (const shard of clusters) requireSchedulable(shard.cluster, options.content)
  return whileLocked(docker, {lab: cluster.lab, role: 'schedule', what: 'hl backups schedule'}, async () => {
    const journal = {outcomes: await readJournal(cluster)}
    const inTurn = turns()
    const {settings, once} = options
    // An error of one ends the others too: with `once` it is passed on.
    const ended = new AbortController()
    const stop = AbortSignal.any([signal, ended.signal])
    const ofShard = async ({cluster: shard}: ConnectedLab['clusters'][number]): Promise<ScheduleSummary> => {
      const tell = (outcome: Outcome): void => options.tell({shard: shard.name, ...outcome})
      const note = (text: string): void => ports.note(`${shard.name}: ${text}`)
      const work = workOf({...ports, note}, shard, {...options, tell}, journal)
      const inOrder: Work = {...work, carryOut: async (...args) => inTurn(async () => work.carryOut(...args))}
      return runSchedule(inOrder, clock, {settings, once, signal: stop})
    }
    const shards = clusters.map(ofShard)
    const barriers = takeBarriers({...ports, signal: stop}, lab, options)
    for (const one of [...shards, barriers]) one.catch((error: unknown) => ended.abort(error))
    await Promise.allSettled([...shards, barriers])
    return {...sumOf(await Promise.all(shards)), barriers: await barriers}
  })
}

type Barriers = ShardsSummary['barriers']

const sumOf = (summaries: readonly ScheduleSummary[]): ScheduleSummary => ({
  done: summaries.reduce((sum, {done}) => sum + done, 0),
  failed: summaries.reduce((sum, {failed}) => sum + failed, 0),
  postponed: summaries.reduce((sum, {postponed}) => sum + postponed, 0),
})

/** One at the beginning, then one in each interval. */
async function takeBarriers(
  ports: RecoveryPorts & {readonly signal: AbortSignal},
  lab: ConnectedLab,
  {
    barrierEveryMs,
    once,
    tell,
    take = async stop => createBarrier({...ports, signal: stop}, lab, {}),
  }: ShardsScheduleOptions,
): Promise<Barriers> {
  const {clock, signal} = ports
  const counts = {taken: 0, failed: 0}
  if (barrierEveryMs === undefined) return counts
  let failures = 0
  while (!signal.aborted) {
    const fromMs = clock.nowMs()
    const ended = (ok: boolean, detail: string): void =>
      tell({task: 'barrier', ok, at: clock.wallTime(), durationMs: Math.round(clock.nowMs() - fromMs), detail})
    try {
      const {name, heldMs, positions} = await take(signal)
      counts.taken += 1
      failures = 0
      ended(true, `${name}: ${positions.map(({shard, lsn}) => `${shard} ${lsn}`).join(', ')}, held ${heldMs} ms`)
    } catch (error) {
      if (isOver(signal)) break
      counts.failed += 1
      failures += 1
      ended(false, error instanceof HlError ? `${error.code}: ${error.message}` : messageOf(error))
    }
    if (once) break
    const retryMs = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(failures - 1, 10))
    const waitMs = failures === 0 ? barrierEveryMs - (clock.nowMs() - fromMs) : Math.min(barrierEveryMs, retryMs)
    await clock.wait(Math.max(0, waitMs), signal).catch(() => undefined)
  }
  return counts
}

/** It may have come while something was waited for, which the compiler cannot know. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted
}

/** One after the other: shards of one lab never keep each other from it. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async work => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
