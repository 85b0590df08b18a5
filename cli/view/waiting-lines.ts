// The lines beneath a running step: lease and candidates, writes per second with their outcomes. PURE.
import {formatMs} from '../../src/model/time.ts'
import {candidatesText} from '../../src/report/describe-event.ts'
import {fit, padEnd, printable} from '../../src/report/printable.ts'
import {formatCount} from '../../src/report/quantity.ts'
import {sparkline} from '../../src/report/sparkline.ts'
import type {Theme} from '../../src/report/theme.ts'
import type {WatchState} from './watch-state.ts'

/** `held by pg1, expires in 1.60 s`. */
function leaseText({observed}: WatchState): string {
  if (observed === null) return 'not seen yet'
  if (observed.leaseOwner === null) return 'held by nobody'
  const left = observed.leaseExpiresInMs === null ? '' : `, expires in ${formatMs(observed.leaseExpiresInMs)}`
  return `held by ${printable(observed.leaseOwner)}${left}`
}

/** How long the step has been going; how long it may stands in its label. */
export function elapsedText({step, atMs}: WatchState): string {
  return step === null ? '' : formatMs(atMs - step.startedMs)
}

/** At most two lines of `columns`; none before the first sample. */
export function waitingLines(state: WatchState, theme: Theme, columns: number): readonly string[] {
  if (state.observed === null && state.lastWindow === null) return []
  const candidates = state.observed === null ? '' : `candidates  ${printable(candidatesText(state.observed.members))}`
  const lease = fit(`lease   ${padEnd(leaseText(state), 36)}  ${candidates}`, columns)
  const counts = `${formatCount(state.ok)} ok, ${formatCount(state.refused)} refused, ${formatCount(state.unknown)} unknown`
  const room = Math.max(8, columns - counts.length - 10)
  const spark = sparkline(state.okPerWindow.slice(-room), Math.max(1, ...state.okPerWindow))
  const refusing = (state.lastWindow?.ok ?? 1) === 0
  return [lease, `writes  ${(refusing ? theme.fail : theme.ok)(spark)}  ${counts}`]
}
