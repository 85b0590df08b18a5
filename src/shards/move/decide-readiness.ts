// Is a move ready for what comes next? Pure. Invariants: what nobody could look at is not known, never well; a switch
// begins when what it waits for was quick several times in a row, for one quick answer is luck on a busy host. Not
// here: looking (move-channel.ts).

/** What was seen of a slot on the standbys of its server. */
export interface SlotsSeen {
  /** By name. */
  readonly server: string
  readonly slot: string
  /** PostgreSQL 17 and later. */
  readonly keepsSlots: boolean
  /** How many there are; null: nobody named them. */
  readonly standbys: number | null
  /** On which it is not, or is temporary still. */
  readonly lacking: readonly string[]
}

/** null: nobody can say. */
export interface Survival {
  readonly survivesFailover: boolean | null
  /** Empty where it does. */
  readonly why: string
}

export function decideSurvival({server, slot, keepsSlots, standbys, lacking}: SlotsSeen): Survival {
  if (!keepsSlots) return {survivesFailover: false, why: `${server} is older than PostgreSQL 17`}
  if (standbys === null) return {survivesFailover: null, why: `no standbys of ${server} are named`}
  if (standbys === 0) return {survivesFailover: false, why: `${server} has no standby now`}
  if (lacking.length === 0) return {survivesFailover: true, why: ''}
  return {
    survivesFailover: false,
    why: `the slot ${slot} is not there, or temporary still, on ${lacking.join(', ')}`,
  }
}

/** How many quick answers in a row. */
const quickInRow = 3

/**
 * `roundsMs`: how long it took, each time, until the consumer had heard of a marker; the last one last. One round is
 * asked for where only hearing of everything matters. After `roundsMost` of them one that is quick is enough.
 */
export function isCalm(
  roundsMs: readonly number[],
  {cutoverMs, roundsMost}: {readonly cutoverMs: number; readonly roundsMost: number},
): boolean {
  const last = roundsMs.at(-1)
  if (last === undefined || last >= cutoverMs / 2) return false
  if (roundsMs.length >= roundsMost) return true
  return roundsMs.length >= quickInRow && roundsMs.slice(-quickInRow).every(ms => ms < cutoverMs / 4)
}

/** What a consumer that is late is waited for; `isRead`: it is connected to its producer. */
export function lateWords({
  from,
  to,
  isRead,
  sinceMs,
}: {
  readonly from: string
  readonly to: string
  readonly isRead: boolean
  readonly sinceMs: number
}): string {
  const why = isRead
    ? `a standby of ${from} that is away holds it up, or there is much to apply`
    : `${to} is not connected to ${from}, and the log of ${to} says why`
  return `${to} has not heard of what ${from} wrote ${Math.round(sinceMs / 1_000)} s ago: ${why}`
}
