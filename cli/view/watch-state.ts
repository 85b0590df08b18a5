// What is known of a run at this moment, for the lines that stand under a waiting step. PURE: a fold over events.
// Invariant: only what an event said; counts are those of the whole run. Not here: layout (waiting-lines.ts,
// line-view.ts).
import type {RunEvent} from '../../src/model/run-event.ts'

export type Observed = Extract<RunEvent, {kind: 'cluster.observed'}>
export type Window = Extract<RunEvent, {kind: 'load.window'}>

export interface WatchState {
  readonly atMs: number
  readonly observed: Observed | null
  readonly lastWindow: Window | null
  /** ok writes of the last windows, oldest first. */
  readonly okPerWindow: readonly number[]
  readonly step: {readonly index: number; readonly startedMs: number; readonly withinMs: number} | null
  /** Writes since the run began. */
  readonly ok: number
  readonly refused: number
  readonly unknown: number
}

const windowsKept = 40
export const noWatch: WatchState = {
  atMs: 0,
  observed: null,
  lastWindow: null,
  okPerWindow: [],
  step: null,
  ok: 0,
  refused: 0,
  unknown: 0,
}

export function watch(before: WatchState, event: RunEvent): WatchState {
  const state = {...before, atMs: event.atMs}
  switch (event.kind) {
    case 'run.started':
      return {...noWatch, atMs: event.atMs}
    case 'step.started':
      return {...state, step: {index: event.step, startedMs: event.atMs, withinMs: event.withinMs}}
    case 'step.done':
    case 'step.failed':
      return {...state, step: null}
    case 'cluster.observed':
      return {...state, observed: event}
    case 'load.window':
      return {
        ...state,
        lastWindow: event,
        okPerWindow: [...state.okPerWindow, event.ok].slice(-windowsKept),
        ok: state.ok + event.ok,
        refused: state.refused + event.failed,
        unknown: state.unknown + event.unknown,
      }
    default:
      return state
  }
}
