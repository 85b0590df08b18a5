// The lines beneath a running step: lease, sync set and candidates, writes per second and what became of all. PURE.
import {formatMs} from '../../src/model/time.ts'
import {candidatesText} from '../../src/report/describe-event.ts'
import {fit, padEnd, printable} from '../../src/report/printable.ts'
import {formatCount} from '../../src/model/quantity.ts'
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

/** Whom Patroni waits for before it lets a commit be acknowledged. */
function syncText({observed}: WatchState): string {
  const names = observed?.members.filter(({role}) => role === 'sync standby').map(({name}) => name) ?? []
  return names.length === 0 ? 'nobody' : printable(names.join(', '))
}

/** How long the step has been going, and what is left of its time. */
export function elapsedText({step, atMs}: WatchState): string {
  if (step === null) return ''
  const elapsedMs = atMs - step.startedMs
  return `${formatMs(elapsedMs)}, at most ${formatMs(Math.max(0, step.withinMs - elapsedMs))} left`
}

/** At most three lines of `columns`; none before the first sample. */
export function waitingLines(state: WatchState, theme: Theme, columns: number): readonly string[] {
  if (state.observed === null && state.lastWindow === null) return []
  const cluster =
    state.observed === null
      ? []
      : [
          fit(`lease   ${leaseText(state)}`, columns),
          fit(
            `sync    ${padEnd(syncText(state), 12)}  candidates  ${printable(candidatesText(state.observed.members))}`,
            columns,
          ),
        ]
  const counts = `${formatCount(state.ok)} ok, ${formatCount(state.refused)} refused, ${formatCount(state.unknown)} unknown`
  const room = Math.max(8, columns - counts.length - 10)
  const spark = sparkline(state.okPerWindow.slice(-room), Math.max(1, ...state.okPerWindow))
  const refusing = (state.lastWindow?.ok ?? 1) === 0
  return [...cluster, `writes  ${(refusing ? theme.fail : theme.ok)(spark)}  ${counts}`]
}
