// How sizes and times of this benchmark are written. PURE. Not here: medians and spreads (../router/figures.ts).
import {spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'

export const gib = 2 ** 30
export const mib = 2 ** 20

export function gibText(bytes: number): string {
  return `${(bytes / gib).toFixed(bytes < gib / 10 ? 3 : 2)} GiB`
}

/** `12.3 (11.9..13.0)` in seconds. */
export function secondsSpread(ms: readonly number[], digits = 1): string {
  return spreadText(spreadOf(ms.map(each => each / 1_000)), digits)
}

export function secondsMedian(ms: readonly number[], digits = 1): string {
  return (spreadOf(ms).median / 1_000).toFixed(digits)
}

export function mibPerSecond(bytes: number, ms: number): string {
  return (bytes / mib / (ms / 1_000)).toFixed(0)
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now()
  await work()
  return performance.now() - fromMs
}
