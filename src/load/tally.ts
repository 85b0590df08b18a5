// What the load tells while it runs: a window per second, and since when writes go through without a break.
// Invariant: pinned writes are not in it: they are evidence about nodes, not what an application sees. Not here:
// measures (src/measure).
import {acknowledged} from '../model/history.ts'
import type {Op} from '../model/history.ts'
import type {RunEvent} from '../model/run-event.ts'

const windowMs = 1_000

export interface Tally {
  add(op: Op): void
  /** The windows that are complete at `nowMs`, oldest first. */
  takeWindows(nowMs: number): readonly RunEvent[]
  writableSinceMs(): number | null
}

interface Counts {
  ok: number
  failed: number
  unknown: number
  readsOk: number
  readonly latenciesMs: number[]
}

const none = (): Counts => ({ok: 0, failed: 0, unknown: 0, readsOk: 0, latenciesMs: []})

/** `startMs` is where the first window begins, in ms of the run's clock. */
export function createTally(startMs: number): Tally {
  let fromMs = startMs
  let counts = none()
  let writableSinceMs: number | null = null

  const addWrite = (op: Op): void => {
    if (acknowledged(op)) counts.ok += 1
    else if (op.outcome === 'unknown') counts.unknown += 1
    else counts.failed += 1
    writableSinceMs = acknowledged(op) ? (writableSinceMs ?? op.completedMs) : null
  }

  return {
    add(op) {
      if (op.kind === 'pinned-write') return
      if (op.kind === 'append' || op.kind === 'transfer') addWrite(op)
      else if (acknowledged(op)) counts.readsOk += 1
      if (acknowledged(op)) counts.latenciesMs.push(op.completedMs - op.dueMs)
    },
    takeWindows(nowMs) {
      const windows: RunEvent[] = []
      while (nowMs >= fromMs + windowMs) {
        const {latenciesMs, ...shown} = counts
        windows.push({kind: 'load.window', atMs: nowMs, fromMs, ...shown, p99Ms: p99(latenciesMs)})
        fromMs += windowMs
        counts = none()
      }
      return windows
    },
    writableSinceMs: () => writableSinceMs,
  }
}

/** The nearest-rank 99th percentile; null of nothing. */
export function p99(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? null
}
