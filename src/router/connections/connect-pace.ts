// How many connections a node is asked for at once, and how long each may take. PURE. A server that has taken a
// connection works on it to the end, also when nobody waits for it any more: to give up at the same bound again and
// again keeps a busy host busy. Not here: the making (make-pool.ts), who waits (node-pool.ts).

export interface ConnectPace {
  /** Connections made at the same time; Infinity: as many as are wanted. */
  readonly atOnce: number
  /** Bound of making one. */
  readonly boundMs: number
}

/** How the making of one ended. */
export type ConnectEnd =
  | {readonly kind: 'made'; readonly tookMs: number}
  /** The address answered, the server did not within `boundMs`, the bound that this one had. */
  | {readonly kind: 'silent'; readonly boundMs: number}
  /** Refused, or the address did not answer: the server has no work with it. */
  | {readonly kind: 'other'}

/** The longest bound, in multiples of the one that was asked for. */
const boundGrowthMax = 8
/** From here on the pace is free again. */
const atOnceFree = 64

/** `connectTimeoutMs`: the router's option. */
export const freePace = (connectTimeoutMs: number): ConnectPace => ({atOnce: Infinity, boundMs: connectTimeoutMs})

/**
 * After silence half as many at once, in twice the time; after one that was made twice as many, or one more where it
 * was slow. `underWay`: being made now, this one included.
 */
export function nextPace(pace: ConnectPace, end: ConnectEnd, underWay: number, connectTimeoutMs: number): ConnectPace {
  const longestMs = boundGrowthMax * connectTimeoutMs
  if (end.kind === 'silent') {
    // Those that were under way together count once: their bound was the same.
    if (end.boundMs < pace.boundMs) return pace
    const atOnce = Math.max(1, Math.floor(Math.min(pace.atOnce, underWay) / 2))
    return {atOnce, boundMs: Math.min(2 * end.boundMs, longestMs)}
  }
  if (end.kind === 'other' || pace.atOnce === Infinity) return pace
  const boundMs = Math.min(Math.max(2 * end.tookMs, connectTimeoutMs), longestMs)
  const atOnce = end.tookMs > connectTimeoutMs / 2 ? pace.atOnce + 1 : 2 * pace.atOnce
  return {atOnce: atOnce >= atOnceFree ? Infinity : atOnce, boundMs}
}
