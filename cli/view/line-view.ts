// One line per event, for CI logs, pipes and --verbose. `lineOf` is pure; `lineView` only writes.
//   +16.2s  inject    ok      fault=crash node=pg1
// Invariant: what comes every second is printed when it changes, else at most once in five seconds, so that a log stays
// short and never falls silent.
import type {RunEvent} from '../../src/model/run-event.ts'
import {formatMs} from '../../src/model/time.ts'
import {candidatesText, describeEvent, type Fact, type Status} from '../../src/report/describe-event.ts'
import {padEnd, printable} from '../../src/report/printable.ts'
import type {Paint, Theme} from '../../src/report/theme.ts'
import type {View} from './view.ts'
import {noWatch, watch, type WatchState} from './watch-state.ts'

const quietMsMax = 5_000

export interface LineState {
  readonly watch: WatchState
  /** When a line was last printed. */
  readonly printedMs: number
  /** Was the last printed load all ok, in part, or none? */
  readonly load: 'ok' | 'some' | 'none' | null
}

export const noLines: LineState = {watch: noWatch, printedMs: -Infinity, load: null}

export interface Line {
  readonly atMs: number
  readonly subject: string
  readonly status: Status
  readonly facts: readonly Fact[]
}

/** The line of an event, or null when nothing is to be said now, and the state after it. */
export function lineOf(event: RunEvent, before: LineState): {readonly line: Line | null; readonly state: LineState} {
  const state = {...before, watch: watch(before.watch, event)}
  switch (event.kind) {
    case 'host.sampled':
    case 'cluster.observed':
      return {line: null, state}
    case 'load.window': {
      const load =
        event.ok === 0 && event.failed + event.unknown > 0 ? 'none' : event.failed + event.unknown > 0 ? 'some' : 'ok'
      const changed = before.load !== null && load !== before.load
      if (!changed && event.atMs - before.printedMs < quietMsMax)
        return {line: null, state: {...state, load: before.load ?? load}}
      return {
        line: {
          atMs: event.atMs,
          subject: 'watch',
          status: load === 'ok' ? 'ok' : 'warn',
          facts: watchFacts(state.watch),
        },
        state: {...state, load, printedMs: event.atMs},
      }
    }
    default:
      return {line: {atMs: event.atMs, ...describeEvent(event)}, state: {...state, printedMs: event.atMs}}
  }
}

function watchFacts({lastWindow, observed}: WatchState): readonly Fact[] {
  const writes: readonly Fact[] =
    lastWindow === null
      ? []
      : [
          ['ok', String(lastWindow.ok)],
          ['refused', String(lastWindow.failed)],
          ['unknown', String(lastWindow.unknown)],
        ]
  if (observed === null) return writes
  const expires: readonly Fact[] =
    observed.leaseExpiresInMs === null ? [] : [['expires', formatMs(observed.leaseExpiresInMs)]]
  return [
    ...writes,
    ['lease', observed.leaseOwner ?? 'nobody'],
    ...expires,
    ['candidates', candidatesText(observed.members)],
  ]
}

/** key=value, quoted where it holds a blank, so that a script can split it. */
function factText([name, value]: Fact): string {
  const text = printable(value)
  return `${name}=${text === '' || /[\s"=]/.test(text) ? JSON.stringify(text) : text}`
}

function statusPaint(theme: Theme, status: Status): Paint {
  return {start: theme.dim, ok: theme.ok, fail: theme.fail, warn: theme.warn, unknown: theme.warn, note: theme.hint}[
    status
  ]
}

function renderLine(line: Line, theme: Theme): string {
  const at = padEnd(`+${(line.atMs / 1_000).toFixed(1)}s`, 8)
  const text = `${at}${padEnd(line.subject, 11)}${statusPaint(theme, line.status)(padEnd(line.status, 8))}${line.facts.map(factText).join(' ')}`
  return text.trimEnd()
}

/** Writes each line, ended by a newline, to `write`. */
export function lineView(write: (text: string) => void, theme: Theme): View {
  let state = noLines
  return {
    onEvent: event => {
      const next = lineOf(event, state)
      state = next.state
      if (next.line !== null) write(`${renderLine(next.line, theme)}\n`)
    },
    rest: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
