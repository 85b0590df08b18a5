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

/** After a silent one: one at a time, in twice the time. After one that was made quickly: twice as many. */
export function nextPace(pace: ConnectPace, end: ConnectEnd, connectTimeoutMs: number): ConnectPace {
  const longestMs = boundGrowthMax * connectTimeoutMs
  // Those that were under way together count once: their bound was the same.
  if (end.kind === 'silent') return {atOnce: 1, boundMs: Math.max(pace.boundMs, Math.min(2 * end.boundMs, longestMs))}
  if (end.kind === 'other' || pace.atOnce === Infinity) return pace
  const boundMs = Math.min(Math.max(2 * end.tookMs, connectTimeoutMs), longestMs)
  if (end.tookMs > connectTimeoutMs / 2) return {...pace, boundMs}
  const atOnce = 2 * pace.atOnce
  return {atOnce: atOnce >= atOnceFree ? Infinity : atOnce, boundMs}
}
