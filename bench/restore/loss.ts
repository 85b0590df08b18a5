// What was acknowledged and is not there any more. PURE. Invariant: times are those of the client that was told, on one
// clock; nobody else's clock counts. Not here: losing (rpo-trial.ts).
import type {Acknowledged} from './ledger.ts'

export interface Loss {
  readonly acknowledged: number
  readonly lost: number
  /** Newest acknowledged minus newest recovered. */
  readonly seconds: number
  /** Recovered though nobody was told. */
  readonly unacknowledgedKept: number
}

/** `recovered`: how many of each client's writes; `startedAtMs`: where the count begins when none was. */
export function lossOf(acknowledged: Acknowledged, recovered: readonly number[], startedAtMs: number): Loss {
  const loss = {acknowledged: 0, lost: 0, unacknowledgedKept: 0}
  let [newestMs, newestKeptMs] = [startedAtMs, startedAtMs]
  acknowledged.forEach((times, client) => {
    const kept = recovered[client] ?? 0
    loss.acknowledged += times.length
    loss.lost += Math.max(0, times.length - kept)
    loss.unacknowledgedKept += Math.max(0, kept - times.length)
    newestMs = Math.max(newestMs, times.at(-1) ?? 0)
    newestKeptMs = Math.max(newestKeptMs, times[Math.min(kept, times.length) - 1] ?? 0)
  })
  return {...loss, seconds: loss.lost === 0 ? 0 : (newestMs - newestKeptMs) / 1_000}
}

/** Acknowledged per second from a second after the beginning on, until the kill. */
export function perSecond(acknowledged: Acknowledged, startedAtMs: number, killedAtMs: number): number {
  const fromMs = startedAtMs + 1_000
  const count = acknowledged.reduce(
    (sum, times) => sum + times.filter(atMs => atMs >= fromMs && atMs < killedAtMs).length,
    0,
  )
  return (count / (killedAtMs - fromMs)) * 1_000
}
