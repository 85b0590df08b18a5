// How several trials are told: a percentile of few is one of their values under a grand name, so below ten the values
// themselves are shown. PURE. Not here: how a distribution is computed (src/measure).
import type {Distribution, TrialSummary} from '../model/report.ts'
import {endlessMs} from './rto-parts.ts'

/** From here on a median and a p95 say something. */
export const trialsForAFigure = 10

export const isFigure = ({n}: Pick<TrialSummary, 'n'>): boolean => n >= trialsForAFigure

/** The columns of a table of distributions. */
export const spreadNames = (trials: Pick<TrialSummary, 'n'>): readonly string[] =>
  isFigure(trials) ? ['min', 'p50', 'p95', 'max'] : ['min', 'max']

/** In the order of spreadNames. */
export function spreadCells(trials: Pick<TrialSummary, 'n'>, {min, p50, p95, max}: Distribution): readonly string[] {
  return (isFigure(trials) ? [min, p50, p95, max] : [min, max]).map(endlessMs)
}

/** `median 19.90 s`; of few `18.62 s .. 20.48 s`. */
export function middleText(trials: Pick<TrialSummary, 'n'>, spread: Distribution): string {
  return isFigure(trials) ? `median ${endlessMs(spread.p50)}` : rangeText(spread)
}

export const rangeText = ({min, max}: Distribution): string =>
  min === max ? endlessMs(min) : `${endlessMs(min)} .. ${endlessMs(max)}`

/** Of each trial, in their order. */
export function valuesText({runs}: Pick<TrialSummary, 'runs'>): string {
  return runs.map(run => (run.unmeasured === true ? 'unknown' : endlessMs(run.rtoMs))).join(', ')
}
