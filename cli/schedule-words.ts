// The words of `hl backups schedule`. PURE.
import type {Outcome} from '../src/backup/schedule/decide-due.ts'
import type {ScheduleSummary} from '../src/backup/schedule/run-schedule.ts'
import {formatMs} from '../src/model/time.ts'
import type {ShardsOutcome, ShardsSummary} from '../src/recovery/schedule-shards.ts'

export const scheduleDescription =
  'What is not asked for is not done. What was done is remembered in the archive, so it goes on where it was. After a ' +
  'switchover or failover a full backup is due at once. Of a lab of shards each shard has its backups, unless --shard ' +
  'names one, and --barrier-every takes barriers over all of them. A failure is told and tried again later. Ctrl-C ' +
  'ends it after the task in hand; a restore, and recording content, is given up, and nothing is noted of it. With ' +
  '--json each outcome is a line of JSON, and so is the answer at the end.'

export const endTexts = {
  once:
    'ending: a restore, or recording content, is given up, anything else in hand is finished first; ' +
    'again to stop at once',
  twice: 'stopped; a container or a draft may be left, which the next task removes',
}

export function outcomeLine(outcome: ShardsOutcome | Outcome): string {
  const {at, ok, task, durationMs, detail} = outcome
  const shard = 'shard' in outcome ? `${outcome.shard} ` : ''
  return `${at} ${ok ? 'ok  ' : 'FAIL'} ${shard}${task} (${formatMs(durationMs)}) ${detail}`
}

export function summaryLine(summary: ScheduleSummary | ShardsSummary): string {
  const {done, failed, postponed} = summary
  const barriers =
    'barriers' in summary ? `; barriers: ${summary.barriers.taken} taken, ${summary.barriers.failed} failed` : ''
  return `${done} done, ${failed} failed${postponed === 0 ? '' : `, ${postponed} postponed`}${barriers}`
}

/** What failed, or was not tried. */
export const notDone = (summary: ScheduleSummary | ShardsSummary): number =>
  summary.failed + summary.postponed + ('barriers' in summary ? summary.barriers.failed : 0)
