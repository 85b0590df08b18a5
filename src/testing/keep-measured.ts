// When the folder of a measurement is kept, and how its test hears of it. Invariant: the error of a test stays its own;
// a folder that cannot be kept takes no report away. Not here: what is in a folder (keep-run.ts).
import {messageOf} from '../model/errors.ts'
import {judgedRun, judgeRun, type Measured} from './judge-requests.ts'
import {sayKept, type keepRun, type KeepPlace} from './keep-run.ts'
import type {Keep} from './measure-options.ts'
import {MeasuredReport} from './measured-report.ts'

export interface Keeping {
  readonly keep: Keep
  readonly place: KeepPlace
  readonly keepRun: typeof keepRun
}

/** Errors: those of keepRun, where it must be kept. */
export async function reportOf(measured: Measured, {keep, place, keepRun}: Keeping): Promise<MeasuredReport> {
  const {ops, verified, idOf} = measured
  const run = judgedRun(measured)
  const seen = {ops, verified, idOf, secrets: place.secrets}
  const report = new MeasuredReport({...seen, report: judgeRun(run), folder: null})
  if (keep === 'never' || (keep === 'failed' && !isFailed(report))) return report
  try {
    return new MeasuredReport({...seen, ...(await keepRun(run, place))})
  } catch (error) {
    if (keep === 'always') throw error
    return report
  }
}

/** Of one that rejects: the error says at its end where all that was seen is. */
export async function keepFailed(measured: Measured, error: unknown, {keep, place, keepRun}: Keeping): Promise<void> {
  if (keep === 'never') return
  try {
    const {folder} = await keepRun(judgedRun(measured), place)
    sayKept(error, `what was seen of it is in ${folder}`)
  } catch (failure) {
    sayKept(error, `what was seen of it could not be kept: ${messageOf(failure)}`)
  }
}

const isFailed = ({verdict, requests}: MeasuredReport): boolean => verdict !== 'pass' || requests.failed > 0
