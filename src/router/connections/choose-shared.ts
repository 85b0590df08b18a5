// Which of the connections that short reads share takes one more. Pure. Invariants: while others are free only
// statements that are small join, and only such; a connection that does not answer gets no more. Not here: which
// statements are short (requests/answer-time.ts), connections that are free (node-pool.ts).

/**
 * May a statement use a connection together with others? `when-full`: rather than wait for one. `first`: also while
 * others are free.
 */
export type Sharing = 'never' | 'when-full' | 'first'

export interface Shared {
  /** How many have a statement on it. */
  readonly users: number
  /** What the most cautious of them allows. */
  readonly sharing: Sharing
  /** How often it was taken since pg-pool gave it. */
  readonly uses: number
  /** Monotonic ms of its last answer, or of the statement that found it free. */
  readonly progressMs: number
  readonly alive: boolean
}

/** pg-pool looks at a connection's age when it is given back, so now and then each one is. */
export const usesMax = 1_000
/** So many may be on one connection when all are busy. More would gain little: 16 requests fill a packet. */
const usersMax = 16
/** And so many when others are free: four small answers in a row take less than three more packets. */
const usersWithRoomMax = 4
/** A connection that has not answered for so long gets no further reads: something slow is under way on it. */
const stuckAfterMs = 20

/**
 * The one with the fewest users; null: none is better than a free one, or than waiting. `hasRoom`: there are free
 * connections, or there may be more.
 */
export function chooseShared<C extends Shared>(
  connections: readonly C[],
  sharing: Sharing,
  hasRoom: boolean,
  nowMs: number,
): C | null {
  if (sharing === 'never' || (hasRoom && sharing !== 'first')) return null
  let best: C | null = null
  for (const connection of connections) {
    if (!takesMore(connection, hasRoom, nowMs)) continue
    if (best === null || connection.users < best.users) best = connection
    if (best.users === 1) break
  }
  return best
}

function takesMore({users, sharing, uses, progressMs, alive}: Shared, hasRoom: boolean, nowMs: number): boolean {
  if (users >= (hasRoom ? usersWithRoomMax : usersMax) || (hasRoom && sharing !== 'first')) return false
  return uses < usesMax && nowMs - progressMs <= stuckAfterMs && alive
}
