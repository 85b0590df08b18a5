// One history from its seed to its verdict: done on the cluster, restored to targets of every kind, taken away again.
// For tests only. Invariant: what fails is told with its seed, its steps and what was wrong, so that one can repeat it.
import {appendFileSync} from 'node:fs'
import {parseLsn} from '../../../src/model/lsn.ts'
import {showBackup} from '../../../src/recovery/list-backups.ts'
import {verifyOnScratch} from '../../../src/recovery/verify-backups.ts'
import {chanceOf, type Chance} from '../../generated/chance.ts'
import {describeHistory} from '../../generated/history.ts'
import type {RecordedBackup, Recording} from '../../generated/recording.ts'
import {drawTargets, type Target} from '../../generated/targets.ts'
import {writeHistory, type HistoryWish} from '../../generated/write-history.ts'
import type {LiveCluster} from './live-cluster.ts'
import {goBack} from './restore-back.ts'
import {cleanUp, recordHistory, takeFull} from './record-history.ts'
import {describeOutcome, restoreToTargets, type Outcome} from './restore-target.ts'

export interface HistoryRun {
  readonly outcomes: readonly Outcome[]
  /** The newest ones, for the history that follows. */
  readonly backups: readonly RecordedBackup[]
  /** What was wrong, with all that repeats it; null: nothing. */
  readonly wrong: string | null
}

const backupsKept = 2

export async function runHistory(
  live: LiveCluster,
  seed: number,
  wish: HistoryWish & {readonly targets: number; readonly verified: number; readonly inPlace: number},
  before: readonly RecordedBackup[],
): Promise<HistoryRun> {
  const history = writeHistory(seed, wish)
  const toldFrom = live.told.length
  try {
    const recording = await recordHistory(live, history, before)
    // Other draws than those of the history, so that it stays the same when targets are drawn differently.
    const chance = chanceOf(seed ^ 0x5eed)
    const targets = drawTargets(chance, recording, wish.targets).toSorted((a, b) => markOf(a) - markOf(b))
    const outcomes = await restoreToTargets(live, recording, targets, () => chance.is(0.6))
    const verification = chance.is(wish.verified) ? await verifyOne(live, recording, chance) : null
    const back = chance.is(wish.inPlace) ? await goBack(live, recording, chance) : null
    // What was taken before leads to where the cluster is no more.
    const backups = back === null ? recording.backups.slice(-backupsKept) : [await takeFull(live)]
    const isWrong =
      outcomes.some(({wrong}) => wrong.length > 0) || verification?.isWrong === true || back?.isWrong === true
    const text = [
      ...outcomes.map(describeOutcome),
      verification?.text ?? '',
      back?.text ?? '',
      describeHistory(history),
      ...live.told.slice(toldFrom),
    ].join('\n')
    if (process.env['HL_TOLD'] !== undefined) appendFileSync(process.env['HL_TOLD'], `${text}\n\n`)
    return {outcomes, backups, wrong: isWrong ? text : null}
  } catch (error) {
    throw new Error(`${describeHistory(history)}\n${live.told.slice(toldFrom).join('\n')}\n${String(error)}`, {
      cause: error,
    })
  } finally {
    await cleanUp(live, history)
  }
}

/** A backup that is sound, restored to where its content was recorded or to a moment behind it: no check may fail. */
async function verifyOne(
  live: LiveCluster,
  {marks, backups}: Recording,
  chance: Chance,
): Promise<{readonly isWrong: boolean; readonly text: string}> {
  const {id, mark} = chance.of(backups)
  const record = await showBackup(live.lab.cluster, id)
  const moment = parseLsn(chance.of(marks.slice(mark)).lsn)
  const toContent = record.content !== undefined && chance.is(0.5)
  const {verdict, checks, target} = await verifyOnScratch(live.ports, live.lab.cluster, {
    record,
    ...(toContent ? {} : {moment}),
  })
  const other = checks.filter(check => check.verdict !== 'pass').map(({name, detail}) => `${name}: ${detail}`)
  return {isWrong: verdict === 'fail', text: `${id} verified at ${target}: ${verdict} ${other.join(' / ')}`}
}

const markOf = ({expect}: Target): number => (expect.must === 'be-refused' ? -1 : expect.mark)
